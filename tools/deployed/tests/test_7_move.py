"""The stack moves to another region, by the commands of docs/runbook.md."""

import json
import os
import re
from contextlib import contextmanager

import boto3

from conftest import Person
from stack import ENVIRONMENT, NAME, ROOT, run_procedure

OLD, NEW = ENVIRONMENT["AWS_REGION"], "eu-west-1"


def move(*words):
    return run_procedure("Moving to another region", "OLD_REGION=", *words)


@contextmanager
def in_region(name):
    """What runs in it asks AWS for this region."""
    names = ("AWS_REGION", "AWS_DEFAULT_REGION")
    before = {each: os.environ[each] for each in names}
    os.environ.update(dict.fromkeys(names, name))
    try:
        yield
    finally:
        os.environ.update(before)


def stopped():
    """Returns the functions that Lambda may not invoke. The emulator still does, since it keeps no account of aliases."""
    resources = boto3.client("cloudformation").describe_stack_resources(StackName=NAME)["StackResources"]
    functions = (each for each in resources if each["ResourceType"] == "AWS::Lambda::Function")
    reserved = {each["LogicalResourceId"]: reserved_concurrency(each["PhysicalResourceId"]) for each in functions}
    return sorted(name for name, count in reserved.items() if count == 0)


def those_that_write():
    runbook = (ROOT / "docs/runbook.md").read_text()
    return re.search(r"for FUNCTION in (.*); do\n.*put-function-concurrency", runbook)[1].split()


def reserved_concurrency(function):
    found = boto3.client("lambda").get_function_concurrency(FunctionName=function)
    return found.get("ReservedConcurrentExecutions")


def test_links_sessions_registrations_and_revocations_move_to_another_region(stack, bob):
    # Unlike a page that polls, a device with a push URL is not forgotten while the stack is deployed.
    endpoint = "https://updates.push.services.mozilla.com/wpush/v2/not-a-real-one"
    device = {"push_subscription": {"endpoint": endpoint}}
    bob.succeeds("POST", "/registration", device)
    link, revoked = bob.make_link(), bob.make_link()
    bob.succeeds("DELETE", f"/call-url/{revoked['call_token']}")
    old = stack.ids

    move("aws secretsmanager create-secret")
    with in_region(NEW):
        stack.release()
    move("put-function-concurrency")
    assert stopped() == sorted(those_that_write())
    assert move("batch-write-item").split()[-1] == "true"
    [of_old, of_new] = json.loads("[" + ",".join(move("copied()", ".Items | length").split()[-2:]) + "]")
    assert of_old == of_new > 0
    with in_region(NEW):
        stack.point_domains()
        assert stack.ids != old

        placed = Person(stack).call(link)
        assert placed["call_id"] in [call["call_id"] for call in bob.calls()]
        refused = Person(stack).request("POST", f"/calls/{revoked['call_token']}", {"call_type": "audio"})
        assert refused.json()["errno"] == 111
        assert Person(stack).call(bob.make_link())
