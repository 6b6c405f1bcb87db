"""What outlives the stack itself."""

import boto3
import pytest

from stack import NAME, run


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
