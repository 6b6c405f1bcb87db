"""The seed flow by HTTP, and requests that are refused."""

import re

import pytest

from stack import API_URL, CHANNEL_URL, documented, run_documented


def test_the_stack_is_tried_as_the_documentation_says(stack):
    # The names with TLS are the emulator's, not those that the gateway gives.
    said = run_documented("$API/__lbheartbeat__", before=documented("export CURL_CA_BUNDLE"))
    assert re.findall(r"HTTP/[0-9.]+ (\d+)", said) == ["200"] * 5, said
    assert f"{API_URL}/calls/" in said


def test_a_link_is_made_opened_called_revoked_and_the_device_given_up(bob, alice):
    device = bob.register()
    cookie = next(iter(bob.session.cookies))
    assert cookie.name.startswith("__Host-") and cookie.secure

    link = bob.make_link()
    assert link["call_url"] == f"{API_URL}/calls/{link['call_token']}"
    path = f"/calls/{link['call_token']}"

    page = alice.request("GET", path, headers={"Accept": "text/html"})
    assert page.status_code == 200 and "Bob" in page.text
    assert CHANNEL_URL.rsplit("/", 1)[0] in page.headers["Content-Security-Policy"]
    assert alice.succeeds("GET", path)["remote_id"] == "alice@example.com"

    placed = alice.call(link)
    assert placed["server_url"] == CHANNEL_URL
    [call] = bob.calls()
    assert call["call_id"] == placed["call_id"] and call["remote_id"] == "alice@example.com"
    assert call["session_id"] == placed["session_id"]
    assert call["session_token"] != placed["session_token"]

    bob.succeeds("DELETE", f"/call-url/{link['call_token']}")
    assert errno(alice.request("POST", path, {"call_type": "audio"})) == (410, 111)
    assert bob.calls() == []

    bob.succeeds("DELETE", "/registration", device)
    other_link = bob.make_link()
    refused = alice.request("POST", f"/calls/{other_link['call_token']}", {"call_type": "audio"})
    assert refused.status_code == 409


def test_a_repeated_call_is_the_same_call(bob, alice):
    bob.register()
    path = f"/calls/{bob.make_link()['call_token']}"
    key = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}
    calls = [alice.request("POST", path, {"call_type": "audio"}, headers=key) for _ in range(2)]
    assert [call.status_code for call in calls] == [200, 200]
    assert calls[0].json()["call_id"] == calls[1].json()["call_id"]
    assert len(bob.calls()) == 1


@pytest.mark.parametrize("token", ["x", "A" * 91, "AgEA" + "B" * 88, "%00", "é", "a" * 2000])
def test_junk_is_no_link(alice, token):
    assert errno(alice.request("GET", f"/calls/{token}")) == (404, 105)
    assert errno(alice.request("POST", f"/calls/{token}", {"call_type": "audio"})) == (404, 105)


def test_a_link_that_was_changed_in_one_place_is_no_link(bob, alice):
    bob.register()
    token = bob.make_link()["call_token"]
    for place in range(0, len(token), 7):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert errno(alice.request("GET", f"/calls/{changed}")) == (404, 105), place


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("POST", "/registration", b"{", (400, 106)),
        ("POST", "/registration", b"{}", (400, 108)),
        ("POST", "/registration", b'{"simple_push_url": "http://127.0.0.1/"}', (400, 107)),
        ("POST", "/call-url", b'{"remote_id": "a", "valid_duration": 60}', (401, 110)),
        ("GET", "/calls", None, (401, 110)),
        ("DELETE", "/call-url/x", None, (401, 110)),
        ("GET", "/nowhere", None, (404, 404)),
        ("GET", "/calls/a/b", None, (404, 404)),
        ("PUT", "/call-url", None, (405, 405)),
    ],
)
def test_bad_requests_are_refused_in_our_words(alice, method, path, body, expected):
    response = alice.request(method, path, data=body, headers={"Content-Type": "application/json"})
    assert errno(response) == expected, response.text


def test_a_body_that_is_too_large_is_refused(bob):
    bob.register()
    body = {"remote_id": "a" * 100_000, "valid_duration": 60}
    assert errno(bob.request("POST", "/call-url", body)) == (413, 113)


def test_another_site_may_not_act_for_bob(bob):
    bob.register()
    foreign = {"Origin": "https://evil.example.org"}
    wish = {"remote_id": "a", "valid_duration": 60}
    assert errno(bob.request("POST", "/call-url", wish, headers=foreign)) == (401, 110)
    preflight = bob.request("OPTIONS", "/call-url", headers={**foreign, "Access-Control-Request-Method": "POST"})
    assert "Access-Control-Allow-Origin" not in preflight.headers


def test_operators_find_out_what_runs(alice, stack):
    assert alice.succeeds("GET", "/")["name"] == "loop"
    assert alice.request("GET", "/__lbheartbeat__").status_code == 200
    assert alice.request("GET", "/__heartbeat__", headers=stack.of_the_operator()).status_code == 200
    assert errno(alice.request("GET", "/__heartbeat__")) == (404, 404), "the heartbeat is for the operator alone"
    commit = next(each["ParameterValue"] for each in stack.describe()["Parameters"] if each["ParameterKey"] == "Commit")
    assert alice.succeeds("GET", "/__version__")["commit"] == commit
    for path in ["/", "/__version__", "/service-worker.js"]:
        head = alice.request("HEAD", path)
        assert (head.status_code, head.content) == (200, b""), path


def errno(response):
    return response.status_code, response.json()["errno"]
