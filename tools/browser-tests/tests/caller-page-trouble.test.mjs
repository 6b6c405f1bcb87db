// The caller's page when the service is in trouble, and the page's demands on the browser.

import { strict as assert } from "node:assert";
import { it } from "node:test";

import { begin, inEveryBrowser } from "../harness/story.mjs";

/** Settings with a provider that cannot be reached: calls are refused with 503. */
const NO_PROVIDER = {
  LOOP_PROVIDER: "opentok",
  OPENTOK_API_KEY: "100",
  OPENTOK_API_SECRET: "secret",
  OPENTOK_API_URL: "http://localhost:4999",
};

/** Loses the response to the first request, which the service carries out. Runs in a page. */
function loseFirstAnswer() {
  const { fetch } = globalThis;
  globalThis.placed = 0;
  globalThis.fetch = async (path, options) => {
    const response = await fetch(path, options);
    if (options?.method === "POST" && ++globalThis.placed === 1) throw new TypeError("lost");
    return response;
  };
}

inEveryBrowser("the caller's page in trouble", (place) => {
  it("says that the service can't be reached, and calls when it can be again", async (test) => {
    const { alice, server, link } = await begin(test, place);
    await alice.open(link);
    await server.stop();
    await alice.clickCall();
    const { status, canCall } = await alice.reaches("unreachable");
    assert.equal(status, "The service could not be reached. Check your connection and try again.");
    assert.ok(canCall);
  });

  it("asks once more when the answer is lost, and rings once", async (test) => {
    const { alice, device, link } = await begin(test, place);
    await alice.page.evaluateOnNewDocument(loseFirstAnswer);
    await alice.open(link);
    await alice.clickCall();
    await alice.sees("ringing-soon");
    assert.equal(await alice.page.evaluate(() => globalThis.placed), 2);
    assert.equal(device.rings(), 1);
  });

  it("says that the service is not available, and when to try again", async (test) => {
    const { alice, device, link } = await begin(test, place, { settings: NO_PROVIDER });
    await alice.open(link);
    await alice.clickCall();
    const { status, canCall } = await alice.reaches("unavailable");
    assert.match(status, /^The service is not available\. Try again in \d+ seconds\.$/);
    assert.ok(canCall);
    assert.equal(device.rings(), 0);
  });

  it("says that a fault is ours", async (test) => {
    const { alice, link } = await begin(test, place);
    await alice.open(link);
    await alice.page.setRequestInterception(true);
    alice.page.on("request", (request) => request.respond({ status: 500, body: "{}" }));
    await alice.clickCall();
    const { status, canCall } = await alice.reaches("failed");
    assert.equal(status, "That did not work, and it is our fault. Try again later.");
    assert.ok(canCall);
  });

  it("says that it is calling as long as there is no answer", async (test) => {
    const { alice, server, link } = await begin(test, place);
    await alice.open(link);
    server.freeze();
    await alice.clickCall();
    const { status, canCall } = await alice.reaches("calling");
    assert.equal(status, "Calling Bob…");
    assert.equal(canCall, false);
  });

  it("says that the service is gone while it rings", async (test) => {
    const { alice, server, link } = await begin(test, place);
    await alice.open(link);
    await alice.clickCall();
    await alice.sees("ringing-soon");
    await server.stop();
    assert.ok((await alice.sees("unreachable")).canCall);
    await alice.expectSilence();
  });

  it("says that a browser without WebRTC can't call", async (test) => {
    const { alice, link } = await begin(test, place);
    await alice.page.evaluateOnNewDocument(() => delete globalThis.RTCPeerConnection);
    await alice.open(link);
    const { status, canCall } = await alice.reaches("unsupported");
    assert.match(status, /^This browser can't make calls\./);
    assert.equal(canCall, false);
  });

  it("asks for nothing that its policy forbids", async (test) => {
    const { alice, link } = await begin(test, place);
    await alice.open(link);
    // The screenshot is drawn only once everything has loaded.
    await alice.page.screenshot();
    assert.deepEqual(await alice.complaints(), []);
  });
});
