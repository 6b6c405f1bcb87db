"""The stack in the emulator: starts what it needs, deploys it as docs/deploy.md says, and ends everything."""

import json
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import time
from pathlib import Path

import boto3
import requests

ROOT = Path(__file__).resolve().parents[2]
# Logs and reports, which stay when everything has ended.
OUTPUT = ROOT / "target" / "deployed"
TEMPORARY = OUTPUT / "tmp"
RELEASE = ROOT / ".aws-sam" / "emulator-release.toml"
VAPID = ROOT / ".aws-sam" / "emulator-vapid.toml"

NAME = "loop-emulator"
SECRET = "loop/emulator"
API_URL = "https://loop.localhost:8443"
CHANNEL_URL = "wss://channel.localhost:8444/live"
# Without TLS, for the load test, which trusts public certificates alone.
PLAIN_API_URL = "http://loop.localhost:8446"
EMULATOR_URL = "http://127.0.0.1:4566"
# Credentials that are worth nothing, and no others: a mistake reaches no account.
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ENDPOINT_URL": EMULATOR_URL,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "SAM_CLI_TELEMETRY": "0",
}
# What the commands in docs/deploy.md, which are for `dev`, are here.
OF_THIS_STACK = {
    "loop/dev": SECRET,
    "loop-dev": NAME,
    "--config-env dev": "--config-env emulator",
    ".aws-sam/release.toml": str(RELEASE.relative_to(ROOT)),
}
START_SECONDS = 60


class Stack:
    """A deployed stack. Everything that it has started ends with the `with` block."""

    def __init__(self):
        self.processes = {}
        self.ids = None
        OUTPUT.mkdir(parents=True, exist_ok=True)
        os.environ.update(ENVIRONMENT)

    def __enter__(self):
        try:
            self.start_emulator()
            self.make_secret()
            self.deploy()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes.values()):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()

    def start_emulator(self):
        emulator = Path(sys.executable).with_name("ministack")
        shutil.rmtree(TEMPORARY, ignore_errors=True)
        TEMPORARY.mkdir()
        # The functions inherit this environment, and shall have nothing but what the template gives them.
        environment = {"PATH": os.environ["PATH"], "TMPDIR": str(TEMPORARY)}
        environment |= {"GATEWAY_PORT": "4566", "BIND_HOST": "127.0.0.1"}
        self.start("ministack", [emulator], environment)
        wait_until("the emulator is there", lambda: get(f"{EMULATOR_URL}/_ministack/health").ok)

    def make_secret(self):
        """Makes the keys and the secret, and notes the public VAPID key for the deployment."""
        public_key = run_documented("create-secret").split()[-1]
        VAPID.parent.mkdir(exist_ok=True)
        VAPID.write_text(f'VapidPublicKey = "{public_key}"\n')

    def deploy(self):
        """Deploys the current version of the secret, and waits until the stack answers."""
        self.release()
        self.point_domains()

    def release(self):
        run([sys.executable, ROOT / "tools/deployed/write-release"])
        run_documented("cat > .aws-sam/release.toml")
        run([sys.executable, ROOT / "tools/deployed/import-routes", NAME])

    def point_domains(self):
        """Lets the domains lead to the stack of the region that is asked, and waits until it answers."""
        ids = {name: self.output(name) for name in ("ApiId", "ChannelId")}
        if ids != self.ids:
            self.ids = ids
            self.start_caddy()
        wait_until("the stack answers", lambda: self.get("/__heartbeat__", headers=self.of_the_operator()).ok)

    def start_caddy(self):
        if caddy := self.processes.pop("caddy", None):
            caddy.terminate()
            caddy.wait(20)
        storage = OUTPUT / "caddy"
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(storage),
            "API_ID": self.ids["ApiId"],
            "CHANNEL_ID": self.ids["ChannelId"],
            "CADDY_STORAGE": str(storage),
        }
        config = ROOT / "tools/deployed/Caddyfile"
        self.start("caddy", ["caddy", "run", "--config", config, "--adapter", "caddyfile"], environment)
        wait_until("Caddy is there", lambda: self.root_certificate.exists() and self.get("/") is not None)

    def start(self, name, arguments, environment):
        log = (OUTPUT / f"{name}.log").open("w")
        self.processes[name] = subprocess.Popen(
            arguments, env=environment, stdout=log, stderr=subprocess.STDOUT, cwd=OUTPUT
        )

    @property
    def root_certificate(self):
        return OUTPUT / "caddy/pki/authorities/local/root.crt"

    def tls(self):
        return ssl.create_default_context(cafile=self.root_certificate)

    def get(self, path, **options):
        return get(API_URL + path, verify=self.root_certificate, **options)

    def of_the_operator(self):
        """Returns the header by which the heartbeat knows the operator."""
        return {"Authorization": f"Bearer {self.secret()['heartbeat_tokens']}"}

    def describe(self):
        return boto3.client("cloudformation").describe_stacks(StackName=NAME)["Stacks"][0]

    def output(self, name):
        outputs = self.describe()["Outputs"]
        return next(each["OutputValue"] for each in outputs if each["OutputKey"] == name)

    def secret(self):
        found = boto3.client("secretsmanager").get_secret_value(SecretId=SECRET)
        return json.loads(found["SecretString"])


def run_documented(words, before=""):
    """Runs the one block of commands in docs/deploy.md that has these words, for this stack and after these commands. Returns its
    output."""
    return run_commands(before + documented(words))


def documented(words):
    return the_block(words, (ROOT / "docs/deploy.md").read_text())


def run_procedure(title, *words, answer=""):
    """Runs those blocks of this procedure in docs/runbook.md that have these words, each in one of them, for this stack. `answer` is
    what the operator types. Returns their output."""
    _, part = (ROOT / "docs/runbook.md").read_text().split("\n## Procedures\n")
    functions, *procedures = re.split(r"^### ", part, flags=re.M)
    [procedure] = [text for text in procedures if text.startswith(f"{title}\n")]
    blocks = [the_block("secret()", functions), *(the_block(each, procedure) for each in words)]
    return run_commands("".join(blocks), answer)


def the_block(words, text):
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```", text, re.M | re.S)
    found = [block for block in blocks if words in block]
    assert len(found) == 1, f"{len(found)} blocks have {words}"
    return found[0]


def run_commands(commands, answer=""):
    for documented, ours in OF_THIS_STACK.items():
        commands = commands.replace(documented, ours)
    return run(["bash", "-euo", "pipefail", "-c", commands], answer)


def run(arguments, answer=""):
    """Runs a program in the root of the repository, which reads `answer`. Returns what it writes to its standard output."""
    log = (OUTPUT / "commands.log").open("a")
    done = subprocess.run(
        arguments, cwd=ROOT, input=f"{answer}\n", stdout=subprocess.PIPE, stderr=log, text=True
    )
    assert done.returncode == 0, f"{arguments} ended with {done.returncode}: see {log.name}"
    return done.stdout


def get(url, **options):
    return requests.get(url, timeout=10, **options)


def wait_until(what, condition):
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            if condition():
                return
        except (OSError, requests.RequestException) as error:
            last = error
        else:
            last = None
        assert time.monotonic() < end, f"waited {START_SECONDS} s in vain until {what}: {last}"
        time.sleep(0.1)
