"""Calls over the call channel, with deadlines that come through the queue."""

import time
from concurrent.futures import ThreadPoolExecutor

from conftest import Party, Person, place_call


def test_a_call_gets_connected_and_is_hung_up(parties):
    alice = parties("caller")
    assert alice.expect(type="hello")["state"] == "init"
    bob = parties("callee")
    bob.expect(type="hello", role="callee")
    alice.expect(type="progress", state="alerting")

    bob.act("accept")
    for party in (alice, bob):
        party.expect(type="progress", state="connecting")
    alice.send(type="signal", data={"offer": "o"})
    assert bob.expect(type="signal")["data"] == {"offer": "o"}
    bob.send(type="signal", data={"answer": "a"})
    assert alice.expect(type="signal")["data"] == {"answer": "a"}

    alice.act("media-up")
    bob.act("media-up")
    for party in (alice, bob):
        party.expect(type="progress", state="connected")
    bob.act("terminate", reason="closed")
    for party in (alice, bob):
        party.expect(type="progress", state="terminated", reason="closed")
        assert party.is_closed()


def test_a_party_comes_back_whether_or_not_its_connection_is_known_to_be_gone(stack, parties):
    alice, bob = parties("caller"), parties("callee")
    hello = bob.expect(type="hello")
    bob.act("accept")
    alice.expect(type="progress", state="connecting")
    alice.act("media-up")
    bob.act("media-up")
    for party in (alice, bob):
        party.expect(type="progress", state="connected")

    again = Party(stack, {**parties.sides["callee"], "session_token": hello["session_token"]})
    hello = again.expect(type="hello", state="connected")
    alice.expect(type="peer", state="here")
    assert bob.is_closed()
    again.socket.close()
    alice.expect(type="peer", state="away")

    back = Party(stack, {**parties.sides["callee"], "session_token": hello["session_token"]})
    back.expect(type="hello", state="connected")
    alice.expect(type="peer", state="here")
    alice.send(type="signal", data="still here")
    assert back.expect(type="signal")["data"] == "still here"


def test_the_caller_is_told_nothing_of_a_decline_but_that_it_is_over(parties):
    alice, bob = parties("caller"), parties("callee")
    alice.expect(type="progress", state="alerting")
    bob.act("terminate", reason="reject")
    alice.expect(type="progress", state="terminated", reason="timeout")


def test_junk_on_the_channel_changes_nothing(parties):
    alice = parties("caller")
    alice.expect(type="hello")
    alice.socket.send("{")
    alice.expect(type="error", errno=106)
    alice.send(type="nonsense")
    alice.expect(type="error", errno=107)
    alice.send(type="ping")
    alice.expect(type="pong")


def test_each_wait_of_a_call_ends_through_the_queue(stack):
    """At the same time, because the longest takes half a minute."""
    waits = [nobody_comes, nobody_accepts, no_media]
    with ThreadPoolExecutor(len(waits)) as pool:
        done = [pool.submit(wait, stack) for wait in waits]
        for future in done:
            future.result()


def nobody_comes(stack):
    alice = place_call(stack, Person(stack), Person(stack))("caller")
    alice.expect(type="hello")
    times_out(20, alice)


def nobody_accepts(stack):
    parties = place_call(stack, Person(stack), Person(stack))
    alice = parties("caller")
    alice.expect(type="hello")
    bob = parties("callee")
    bob.expect(type="hello")
    times_out(40, alice, bob)


def no_media(stack):
    parties = place_call(stack, Person(stack), Person(stack))
    alice = parties("caller")
    alice.expect(type="hello")
    bob = parties("callee")
    bob.expect(type="hello")
    bob.act("accept")
    bob.expect(type="progress", state="connecting")
    alice.act("media-up")
    times_out(20, alice, bob)


def times_out(seconds, *parties):
    """Expects the end not before the wait is over, less what has passed before it is looked at, and soon after it."""
    begin = time.monotonic()
    for party in parties:
        party.expect(seconds + 15, type="progress", state="terminated", reason="timeout")
    assert time.monotonic() - begin > seconds - 3
