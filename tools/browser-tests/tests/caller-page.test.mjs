// The caller's page: every state that Alice can see, in every browser.

import { strict as assert } from "node:assert";
import { it } from "node:test";

import { TIME_ZONE } from "../harness/browsers.mjs";
import { begin, inEveryBrowser } from "../harness/story.mjs";
import { waitFor } from "../harness/wait.mjs";

/** The text for a link through which Bob can never be called again. */
const GONE = "This link is no longer valid. Ask Bob for a new one.";
/** Settings that keep all waits short. */
const SHORT_WAITS = { LOOP_SUPERVISORY_SECONDS: "2", LOOP_RINGING_SECONDS: "2" };
/** Settings with a provider whose calls are answered elsewhere. */
const ELSEWHERE = { LOOP_PROVIDER: "livekit", LOOP_RING_SECONDS: "3" };

inEveryBrowser("the caller's page", (place) => {
  it("asks whether to call, and says whom, for whom it was made, and until when", async (test) => {
    const { alice, link, made } = await begin(test, place);
    assert.equal(await alice.open(link), 200);
    await alice.check("asks");
    const { title, text, canCall, callLabel, status, focus } = await alice.look();
    assert.equal(title, "Call Bob?");
    assert.match(text, /Do you want to call Bob\?/);
    assert.match(text, /This link is for alice@example\.com/);
    assert.ok(withPlainSpaces(text).includes(`works until ${localTime(made.expires_at)}.`), text);
    assert.deepEqual({ canCall, callLabel, status, focus }, { canCall: true, callLabel: "Call Bob", status: "", focus: "" });
  });

  it("rings, once, however often the button is clicked", async (test) => {
    const { alice, bob, device, link } = await begin(test, place);
    await alice.open(link);
    await alice.click("#call", { count: 2 });
    const { status, canCall, isInCall } = await alice.reaches("ringing-soon");
    assert.equal(status, "Looking for a device of Bob…");
    assert.deepEqual({ canCall, isInCall }, { canCall: false, isInCall: true });
    assert.equal(device.rings(), 1);
    assert.equal((await bob.calls()).length, 1);
    await bob.listen();
    assert.equal((await alice.reaches("ringing")).status, "Ringing Bob…");
  });

  it("gives up the call when it is loaded again", async (test) => {
    const { alice, bob, link } = await begin(test, place);
    await alice.open(link);
    await alice.clickCall();
    await alice.sees("ringing-soon");
    await alice.page.reload();
    assert.ok((await alice.look()).canCall, "browsers like to restore what a form looked like");
    await waitFor("the call to be over", async () => (await bob.calls()).length === 0);
  });

  it("says that nobody answered, and calls again", async (test) => {
    const { alice, bob, device, link } = await begin(test, place, { settings: SHORT_WAITS });
    await alice.open(link);
    await alice.clickCall();
    const unanswered = { status: "Bob did not answer.", canCall: true, callLabel: "Call Bob again", focus: "call" };
    const { status, canCall, callLabel, focus } = await alice.reaches("no-answer");
    assert.deepEqual({ status, canCall, callLabel, focus }, unanswered);
    await alice.expectSilence();
    await alice.clickCall();
    await alice.sees("ringing-soon");
    await bob.listen();
    await alice.sees("ringing");
    await alice.sees("no-answer");
    assert.equal(device.rings(), 2);
  });

  it("says that calls are answered elsewhere, with another provider", async (test) => {
    const { alice, device, link } = await begin(test, place, { settings: ELSEWHERE });
    await alice.open(link);
    await alice.clickCall();
    const { status } = await alice.reaches("rung");
    assert.match(status, /^A device of Bob was woken\./);
    await alice.expectSilence();
    assert.equal(device.rings(), 1);
    await alice.sees("no-answer");
  });

  it("says that a revoked link is no longer valid", async (test) => {
    const { alice, bob, device, link, made } = await begin(test, place);
    await alice.open(link);
    await bob.revoke(made.call_token);
    await alice.clickCall();
    const { status, canCall } = await alice.reaches("gone");
    assert.equal(status, GONE);
    assert.equal(canCall, false);
    assert.equal(device.rings(), 0);
  });

  it("says that a link has expired, while it is open and when it is opened", async (test) => {
    const { alice, link } = await begin(test, place, { seconds: 2 });
    await alice.open(link);
    await waitFor("the link to expire", async () => (await fetch(link)).status === 410);
    await alice.clickCall();
    const { status, canCall } = await alice.reaches("gone");
    assert.equal(status, GONE);
    assert.equal(canCall, false);
    assert.equal(await alice.open(link), 410);
    await expectProblem(alice, "expired");
  });

  it("says that a forged link is not valid", async (test) => {
    const { alice, server, made } = await begin(test, place);
    // This flips one bit of the callee's id, in the middle of the token.
    const bytes = Buffer.from(made.call_token, "base64url");
    bytes[bytes.length >> 1] ^= 1;
    assert.equal(await alice.open(`${server.url}/calls/${bytes.toString("base64url")}`), 404);
    await expectProblem(alice, "forged");
  });

  it("says that there is no device to ring", async (test) => {
    const { alice, bob, device, link } = await begin(test, place);
    await bob.unregister(device.url);
    await alice.open(link);
    await alice.clickCall();
    const { status, canCall } = await alice.reaches("no-device");
    assert.equal(status, "Bob has no device that could ring at the moment.");
    assert.ok(canCall);
  });

  it("says that Bob could not be woken, when his push service fails", async (test) => {
    const settings = { LOOP_PROVIDER: "livekit" };
    const { alice, link } = await begin(test, place, { pushStatus: 500, settings });
    await alice.open(link);
    await alice.clickCall();
    const { status, canCall } = await alice.reaches("unreached");
    assert.match(status, /^Bob could not be woken just now/);
    assert.equal(canCall, false);
  });

  it("says when to try again, when too many calls ring already", async (test) => {
    const { alice, device, link } = await begin(test, place);
    await alice.open(link);
    for (let count = 0; count < 2; count += 1) {
      assert.equal((await fetch(link, { method: "POST" })).status, 200);
    }
    await alice.clickCall();
    const { status, canCall } = await alice.reaches("too-many");
    const [, seconds] = status.match(/^Too many calls are ringing Bob\. Try again in (\d+) seconds\.$/);
    assert.ok(seconds >= 1 && seconds <= 15, seconds);
    assert.ok(canCall);
    assert.equal(device.rings(), 2);
  });
});

async function expectProblem(alice, name) {
  await alice.check(name);
  const { title, text, canCall } = await alice.look();
  assert.equal(title, "This link is not valid");
  assert.match(text, /^This link is not valid\s+It may have expired, or part of it may be missing\./);
  assert.equal(canCall, false);
}

/** Returns a moment as the page shall show it: in the visitor's time zone and language. */
function localTime(seconds) {
  const form = { dateStyle: "long", timeStyle: "short", timeZone: TIME_ZONE };
  return withPlainSpaces(new Date(seconds * 1000).toLocaleString("en-US", form));
}

/** Replaces the space before "PM", which differs between versions of Unicode's data. */
function withPlainSpaces(text) {
  return text.replaceAll("\u202f", " ");
}
