// The whole story, through the pages alone: Bob makes a link, Alice calls, they see each other.

import { strict as assert } from "node:assert";
import { describe, it } from "node:test";

import { beginPages, connect, startedPlace } from "../harness/story.mjs";

/** Pairs of Alice's browser and Bob's, with the number of times that the way to the first frames is
 * measured. */
const PAIRINGS = [
  { alice: "firefox", bob: "firefox", runs: 3 },
  { alice: "chromium", bob: "chromium", runs: 1 },
  { alice: "chromium", bob: "firefox", runs: 3 },
  { alice: "firefox", bob: "chromium", runs: 1 },
];

describe("the whole story", () => {
  const places = { firefox: startedPlace("firefox"), chromium: startedPlace("chromium") };

  for (const { alice, bob, runs } of PAIRINGS) {
    const pairing = { alice: places[alice], bob: places[bob] };

    it(`${alice} calls ${bob}`, async (test) => tellStory(await beginPages(test, pairing)));

    it(`${alice} calls ${bob}, with the watch`, async (test) => {
      const measured = [];
      for (let run = 0; run < runs; run += 1) measured.push(await measure(test, pairing));
      for (const from of ["click", "answer"]) {
        const all = measured.map((one) => one[from]);
        console.log(
          `${alice} calls ${bob}: ${from} to first decoded frame on both sides: ${median(all)} ms ` +
            `(${all.join(", ")})`,
        );
      }
    });
  }
});

async function tellStory({ alice, bob }) {
  await bob.check("has-link");
  await alice.check("asks");
  assert.equal((await alice.look()).title, "Call Bob?");

  await alice.clickCall();
  assert.equal((await alice.reaches("ringing")).status, "Ringing Bob…");
  const { status, view, title } = await bob.reaches("incoming");
  assert.deepEqual({ view, title }, { view: "ring", title: status });
  assert.equal(status, "alice@example.com is calling");

  await bob.click("#answer");
  await Promise.all([alice.sees("connected"), bob.sees("connected")]);
  await Promise.all([alice.expectVideo(), bob.expectVideo()]);
  assert.equal(await alice.route(), "host", "straight from browser to browser");
  await alice.check("connected");
  await bob.check("connected");

  await bob.click("#mute");
  await bob.click("#camera-off");
  assert.deepEqual(await pressed(bob), { mute: "true", "camera-off": "true" });
  assert.deepEqual(await bob.switchedOff(), ["audio", "video"]);
  await bob.check("muted");
  await bob.click("#mute");
  assert.deepEqual(await pressed(bob), { mute: "false", "camera-off": "true" });
  assert.deepEqual(await bob.switchedOff(), ["video"]);

  await bob.click("#hang-up");
  assert.equal((await alice.reaches("ended")).status, "Bob hung up.");
  assert.equal((await bob.reaches("ended")).status, "You hung up.");
  await alice.expectSilence();
  await bob.expectSilence();

  // The second call has no camera, and this time Alice hangs up.
  await alice.click("#call-audio");
  await bob.sees("incoming");
  await bob.click("#answer");
  await Promise.all([alice.sees("connected"), bob.sees("connected")]);
  await alice.check("connected-audio");
  await alice.click("#hang-up");
  assert.equal((await bob.sees("ended")).status, "alice@example.com hung up.");
  await alice.sees("ended");
  await alice.expectSilence();
  await bob.expectSilence();
}

/** Returns the milliseconds until both have seen a frame, since Alice's click and since Bob's. */
async function measure(test, places) {
  const { alice, bob } = await beginPages(test, places);
  await connect({ alice, bob });
  const frame = Math.max(await alice.moment("frame"), await bob.moment("frame"));
  const click = frame - (await alice.moment("click"));
  const answer = frame - (await bob.moment("answer"));
  await alice.click("#hang-up");
  await bob.sees("ended");
  return { click, answer };
}

async function pressed({ page }) {
  return page.evaluate(() =>
    Object.fromEntries(
      ["mute", "camera-off"].map((id) => [id, document.getElementById(id).ariaPressed]),
    ),
  );
}

function median(numbers) {
  return numbers.toSorted((one, other) => one - other)[numbers.length >> 1];
}
