"""What outlives a release, a new key, and the stack itself."""

import base64
import subprocess

import boto3
import pytest
import requests

from conftest import Person
from stack import NAME, OUTPUT, ROOT, run, run_documented


def key_id(token):
    """Returns the second byte of a token, the id of the key that has signed it."""
    return base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))[1]


def ring(stack):
    return [int(entry.split(":")[0]) for entry in stack.secret()["token_keys"].split(",")]


def rotate(stack, step):
    run_documented("rotate add", replacing={"rotate add": f"rotate {step}"})
    stack.deploy()


def test_a_link_and_a_session_outlive_two_releases_and_a_new_key(stack, bob):
    bob.register()
    link = bob.make_link()
    [first] = ring(stack)
    assert key_id(link["call_token"]) == first
    version = parameter(stack, "SecretVersion")

    rotate(stack, "add")
    [_, second] = ring(stack)
    assert parameter(stack, "SecretVersion") != version
    assert key_id(bob.make_link()["call_token"]) == first, "the new key verifies, and does not sign yet"

    rotate(stack, "sign")
    assert ring(stack) == [second, first]
    new_link = bob.make_link()
    assert key_id(new_link["call_token"]) == second
    for each in (link, new_link):
        alice = Person(stack)
        assert alice.succeeds("GET", f"/calls/{each['call_token']}")["remote_id"] == "alice@example.com"
        placed = alice.call(each)
        assert placed["call_id"] in [call["call_id"] for call in bob.calls()]


def test_a_removed_stack_leaves_its_table(stack):
    table = stack.output("TableName")
    count = boto3.client("dynamodb").scan(TableName=table, Select="COUNT")["Count"]
    assert count > 0
    run(["sam", "delete", "--stack-name", NAME, "--no-prompts"])
    cloudformation = boto3.client("cloudformation")
    with pytest.raises(cloudformation.exceptions.ClientError, match="does not exist"):
        cloudformation.describe_stacks(StackName=NAME)
    assert boto3.client("lambda").list_functions()["Functions"] == []
    assert boto3.client("apigatewayv2").get_apis()["Items"] == []
    assert boto3.client("dynamodb").scan(TableName=table, Select="COUNT")["Count"] == count


def parameter(stack, name):
    return next(each["ParameterValue"] for each in stack.describe()["Parameters"] if each["ParameterKey"] == name)
