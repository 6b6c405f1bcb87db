"""What outlives a release and a new key, and what ends with a leaked one."""

import base64

from conftest import Person
from stack import run_procedure


def key_id(token):
    """Returns the second byte of a token, the id of the key that has signed it."""
    return base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))[1]


def ring(stack):
    return [int(entry.split(":")[0]) for entry in stack.secret()["token_keys"].split(",")]


def rotate(stack, step):
    run_procedure("Rotating the keys", f"rotate {step}")
    stack.deploy()


def key_ids():
    """Returns the ids of the keys that the functions have, as the runbook tells them."""
    return [int(key) for key in run_procedure("Rotating the keys", "key_ids").split()]


def test_a_link_and_a_session_outlive_two_releases_and_a_new_key(stack, bob):
    bob.register()
    link = bob.make_link()
    [first] = ring(stack)
    assert key_id(link["call_token"]) == first
    version = parameter(stack, "SecretVersion")

    rotate(stack, "add")
    [_, second] = ring(stack)
    assert key_ids() == [first, second]
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

    # As after 30 days, in which these links and this session would have ended.
    rotate(stack, "remove")
    assert ring(stack) == key_ids() == [second]
    assert Person(stack).succeeds("GET", f"/calls/{new_link['call_token']}")
    assert Person(stack).request("GET", f"/calls/{link['call_token']}").status_code == 404


def test_a_leaked_key_ends_all_that_it_has_signed(stack, bob):
    bob.register()
    link = bob.make_link()
    [leaked] = [int(key) for key in run_procedure("A leaked key", "cut -d: -f1").split()]
    assert key_id(link["call_token"]) == leaked

    run_procedure("A leaked key", "rotate add sign remove")
    stack.deploy()
    [new] = ring(stack)
    assert new != leaked
    assert run_procedure("A leaked key", "key_ids").split() == [str(new)] * 3
    assert Person(stack).request("GET", f"/calls/{link['call_token']}").json()["errno"] == 105
    assert bob.request("GET", "/calls").json()["errno"] == 110

    bob.register()
    anew = bob.make_link()
    placed = Person(stack).call(anew)
    assert [call["call_id"] for call in bob.calls()] == [placed["call_id"]], "none of the user that Bob was before"


def parameter(stack, name):
    return next(each["ParameterValue"] for each in stack.describe()["Parameters"] if each["ParameterKey"] == name)
