"""What the checks share: the deployed stack, people with browsers, and parties of a call."""

import base64
import json
import os
import sys
import time
from pathlib import Path

import pytest
import requests
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from stack import API_URL, Stack  # noqa: E402


@pytest.fixture(scope="session")
def stack():
    with Stack() as deployed:
        yield deployed


@pytest.fixture
def bob(stack):
    return Person(stack)


@pytest.fixture
def alice(stack):
    return Person(stack)


class Person:
    """Somebody with a client that keeps cookies."""

    def __init__(self, stack):
        self.stack = stack
        self.session = requests.Session()
        # A certificate file that the environment names would go before the one of Caddy.
        self.session.trust_env = False
        self.session.verify = str(stack.root_certificate)
        self.session.headers["Accept"] = "application/json"

    def request(self, method, path, body=None, **options):
        return self.session.request(
            method, API_URL + path, json=body, timeout=30, allow_redirects=False, **options
        )

    def succeeds(self, method, path, body=None):
        response = self.request(method, path, body)
        assert response.ok, f"{method} {path}: {response.status_code} {response.text}"
        return response.json() if response.text else None

    def register(self):
        """Registers a page that polls: no push service is reachable from here."""
        polling_id = base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=")
        registered = self.succeeds("POST", "/registration", {"polling_id": polling_id})
        assert registered["device_id"]
        return {"polling_id": polling_id}

    def make_link(self, seconds=3600):
        wish = {"remote_id": "alice@example.com", "callee_name": "Bob", "valid_duration": seconds}
        return self.succeeds("POST", "/call-url", wish)

    def call(self, link):
        return self.succeeds("POST", f"/calls/{link['call_token']}", {"call_type": "audio-video"})

    def calls(self):
        return self.succeeds("GET", "/calls")["calls"]


class Party:
    """One side of a call, on the call channel."""

    def __init__(self, stack, call):
        # As the pages do, which come from the HTTP API.
        self.socket = connect(call["server_url"], ssl=stack.tls(), origin=API_URL, open_timeout=20, legacy=True)
        self.send(type="hello", token=call["session_token"])

    def send(self, **message):
        self.socket.send(json.dumps(message))

    def act(self, event, **fields):
        self.send(type="action", event=event, **fields)

    def expect(self, seconds=15, **fields):
        """Returns the next message that has all these fields, whatever comes before it."""
        end = time.monotonic() + seconds
        heard = []
        while (left := end - time.monotonic()) > 0:
            try:
                message = json.loads(self.socket.recv(left))
            except TimeoutError:
                break
            except ConnectionClosed as closed:
                pytest.fail(f"closed ({closed}) before {fields}; heard {heard}")
            if all(message.get(name) == value for name, value in fields.items()):
                return message
            heard.append(message)
        pytest.fail(f"{fields} did not come within {seconds} s; heard {heard}")

    def is_closed(self, seconds=10):
        try:
            while True:
                self.socket.recv(seconds)
        except ConnectionClosed:
            return True
        except TimeoutError:
            return False


@pytest.fixture
def parties(stack, bob, alice):
    """Places a call, and returns a function that lets a side of it open the call channel."""
    return place_call(stack, bob, alice)


def place_call(stack, bob, alice):
    bob.register()
    placed = alice.call(bob.make_link())
    [listed] = [call for call in bob.calls() if call["call_id"] == placed["call_id"]]
    return Parties(stack, {"caller": placed, "callee": listed})


class Parties:
    """The sides of a call, as the API tells each."""

    def __init__(self, stack, sides):
        self.stack = stack
        self.sides = sides

    def __call__(self, side):
        return Party(self.stack, self.sides[side])
