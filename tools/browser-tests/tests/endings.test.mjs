// Calls that end unintentionally or early, as both sides see it.

import { strict as assert } from "node:assert";
import { it } from "node:test";

import { CalleePage } from "../harness/callee-page.mjs";
import { beginPages, connect, inEveryBrowser } from "../harness/story.mjs";
import { waitFor } from "../harness/wait.mjs";

const SHORT_RING = { LOOP_RINGING_SECONDS: "4" };

inEveryBrowser("a call", (place) => {
  const begin = (test, choices) => beginPages(test, { alice: place, bob: place }, choices);

  it("is declined, and looks like nobody answered", async (test) => {
    const { alice, bob } = await begin(test);
    await alice.clickCall();
    await bob.sees("incoming");
    await bob.click("#decline");
    assert.equal((await bob.reaches("declined")).status, "You declined the call.");
    const { status, canCall, focus } = await alice.reaches("no-answer");
    assert.equal(status, "Bob did not answer.");
    assert.deepEqual({ canCall, focus }, { canCall: true, focus: "call" });
    await alice.expectSilence();
    await bob.expectSilence();
  });

  it("is missed", async (test) => {
    const { alice, bob } = await begin(test, { settings: SHORT_RING });
    await alice.clickCall();
    await bob.sees("incoming");
    assert.equal((await alice.sees("no-answer")).status, "Bob did not answer.");
    assert.equal((await bob.reaches("missed")).status, "You missed a call from alice@example.com.");
    await alice.expectSilence();
  });

  it("is cancelled", async (test) => {
    const { alice, bob } = await begin(test);
    await alice.clickCall();
    await bob.sees("incoming");
    await alice.click("#hang-up");
    assert.equal((await bob.reaches("cancelled")).status, "alice@example.com has given up calling.");
    assert.equal((await alice.sees("ended")).status, "You hung up.");
    await alice.expectSilence();
  });

  it("is over when a page is closed, loaded again, or left", async (test) => {
    const { alice, bob, link } = await begin(test);
    await connect({ alice, bob });
    await bob.page.reload();
    assert.equal((await alice.sees("ended")).status, "Bob hung up.");
    await alice.expectSilence();

    await connect({ alice, bob });
    await alice.page.goto("about:blank");
    await bob.sees("ended");

    await alice.open(link);
    await connect({ alice, bob });
    // This closes the page as a visitor does; a driver's usual way skips its unload handlers.
    await alice.page.close({ runBeforeUnload: true });
    await bob.sees("ended");
    await bob.expectSilence();
  });

  it("can't be made with a link that was revoked on the callee's page", async (test) => {
    const { alice, bob } = await begin(test);
    await bob.click("#links .revoke");
    await waitFor("the link to be gone", () => bob.page.evaluate(() => !document.querySelector("#links li")));
    assert.match((await bob.look()).text, /The link for alice@example\.com no longer works\./);
    await bob.check("link-revoked");
    await alice.clickCall();
    const { status, canCall } = await alice.sees("gone");
    assert.equal(status, "This link is no longer valid. Ask Bob for a new one.");
    assert.equal(canCall, false);
    await alice.expectSilence();
  });

  it("is answered in one of two tabs", async (test) => {
    const { alice, bob, server } = await begin(test);
    const tab = await CalleePage.create(place, bob.context);
    await tab.open(server.url);
    await tab.isReachedBy(place.pushService ? "push" : "polling");
    await alice.clickCall();
    await Promise.all([bob.sees("incoming"), tab.sees("incoming")]);
    await tab.click("#answer");
    await Promise.all([alice.sees("connected"), tab.sees("connected")]);
    const { status } = await bob.reaches("answered-elsewhere");
    assert.equal(status, "The call was answered on another device.");
    await bob.expectSilence();
  });

  it("reaches nobody when the callee's browser gets no calls any more", async (test) => {
    const { alice, bob } = await begin(test, { settings: { LOOP_SUPERVISORY_SECONDS: "2" } });
    await bob.click("#disable");
    assert.equal((await bob.reaches("idle")).status, "This browser no longer rings.");
    await alice.clickCall();
    // A browser that polled is remembered for a while.
    const { status } = await alice.sees(place.pushService ? "no-device" : "no-answer");
    assert.match(status, /^Bob (has no device that could ring at the moment|did not answer)\.$/);
    await alice.expectSilence();
  });
});
