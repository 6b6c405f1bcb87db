"""That the deployed stack is the one of `dev`, but for what docs/deploy.md names."""

import re
import tomllib

from stack import ROOT


def test_the_parameters_differ_from_dev_only_where_the_documentation_says_so(stack):
    deployed = {each["ParameterKey"]: each["ParameterValue"] for each in stack.describe()["Parameters"]}
    dev = {**defaults(), **of_environment("dev")}
    different = {name for name in deployed if deployed[name] != dev.get(name)}
    # What every operator fills in, and what is different in each release.
    different -= {"Release", "SecretVersion", "Commit", "Build", "Source", "VapidPublicKey", "VapidSubject"}
    documented = documented_differences()
    assert different == set(documented)
    for name, value in documented.items():
        assert deployed[name] == value, name


def of_environment(name):
    settings = tomllib.loads((ROOT / "samconfig.toml").read_text())
    overrides = settings[name]["deploy"]["parameters"]["parameter_overrides"]
    return {name: value for each in overrides if isinstance(each, dict) for name, value in each.items()}


def defaults():
    """Returns the default of each parameter of the template, as text."""
    template = (ROOT / "template.yaml").read_text()
    parameters = re.search(r"^Parameters:\n(.*?)^\S", template, re.M | re.S)[1]
    blocks = re.findall(r"^  (\w+):\n((?:    .*\n|\n)+)", parameters, re.M)
    found = ((name, re.search(r"^    Default: (.*)$", block, re.M)) for name, block in blocks)
    return {name: default[1].strip('"') for name, default in found if default}


def documented_differences():
    """Reads the table in docs/deploy.md: parameter, value."""
    section = (ROOT / "docs/deploy.md").read_text().split("## Deploying into an emulator")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (?:`([^`]*)`|empty) \|", section, re.M)
    assert rows
    return dict(rows)
