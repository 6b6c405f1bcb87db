"""Procedures of docs/runbook.md that nothing else has to do with."""

import json

from conftest import Person
from stack import run_procedure


def test_a_deleted_user_leaves_revocations_alone(stack, bob):
    device = bob.register()
    revoked = bob.make_link()
    bob.succeeds("DELETE", f"/call-url/{revoked['call_token']}")
    link = bob.make_link()
    Person(stack).call(link)
    somebody_else = Person(stack)
    somebody_else.register()

    def run(*words):
        return run_procedure("A user's deletion request", "read -rs", *words, answer=link["call_url"])

    said = run()
    assert "verifies: yes" in said and 'remote_id: "alice@example.com"' in said
    bob.succeeds("DELETE", "/registration", device)
    assert kinds(run("of_user()")) == ["call#", "devices", "revoked"]
    run("of_user()", "delete-item")
    assert kinds(run("of_user()")) == ["revoked"]
    for each, errno in [(link, 122), (revoked, 111)]:
        refused = Person(stack).request("POST", f"/calls/{each['call_token']}", {"call_type": "audio"})
        assert refused.json()["errno"] == errno
    assert Person(stack).call(somebody_else.make_link())


def kinds(listed):
    """Returns the kinds of the items in what the runbook lists, below what the link says."""
    items = [json.loads(line) for line in listed.splitlines() if line.startswith("{")]
    return sorted(item["sk"]["S"].rstrip("0123456789") for item in items)
