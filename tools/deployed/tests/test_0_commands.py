"""The commands of the AWS CLI in docs/ exist, with their options: most are run by no test, as AWS alone can."""

import re

import boto3
import pytest
from botocore import xform_name

from stack import ROOT

# Options of every command, and those commands that the CLI makes of several operations.
OF_ALL = {"region", "query", "output", "endpoint-url"}
OF_THE_CLI = {
    ("cloudformation", "deploy"): {"stack-name", "template-file", "parameter-overrides"},
    ("dynamodb", "wait"): {"table-name"},
    ("logs", "tail"): {"since"},
}
COMMAND = re.compile(r"\baws ([a-z0-9]+) ([a-z-]+)([^|`\n]*)")


def commands():
    for document in sorted((ROOT / "docs").glob("*.md")):
        text = document.read_text().replace("\\\n", " ")
        for service, operation, rest in COMMAND.findall(text):
            yield f"{document.name}: {service} {operation}", service, operation, re.findall(r"\s--([a-z-]+)", rest)


@pytest.mark.parametrize("what, service, operation, options", list(commands()))
def test_a_documented_command_exists(what, service, operation, options):
    known = OF_THE_CLI.get((service, operation)) or members(service, operation)
    for option in options:
        assert option in OF_ALL | known or option.removeprefix("no-") in known, f"{what}: --{option}"


def members(service, operation):
    """Returns the members of the operation's input, as the CLI spells them."""
    client = boto3.client(service, region_name="us-east-1")
    names = {spelled(name): client.meta.method_to_api_mapping[name] for name in client.meta.method_to_api_mapping}
    shape = client.meta.service_model.operation_model(names[operation]).input_shape
    return {spelled(xform_name(member)) for member in shape.members}


def spelled(name):
    return name.replace("_", "-")
