// The states of a call that pass too quickly to be looked at, or that need a broken network.

import { strict as assert } from "node:assert";
import { it } from "node:test";

import { beginPages, connect, inEveryBrowser } from "../harness/story.mjs";
import { controlNetwork, holdConnection, holdMedia } from "../harness/trouble.mjs";
import { waitFor } from "../harness/wait.mjs";

/** A time that is shorter than any that a page gives a broken connection, in milliseconds. */
const LONG = 3000;

const GERMAN = {
  chromium: { withoutFlags: ["--lang=en-US"], flags: ["--lang=de", "--accept-lang=de"] },
  firefox: { preferences: { "intl.accept_languages": "de" } },
};

inEveryBrowser("a call that takes its time", (place) => {
  const begin = (test, choices) => beginPages(test, { alice: place, bob: place }, choices);

  it("asks the caller for camera and microphone, and rings nobody yet", async (test) => {
    const { alice, bob } = await begin(test);
    await holdMedia(alice);
    await alice.clickCall();
    const { canCall, isInCall } = await alice.reaches("asking-media");
    assert.deepEqual({ canCall, isInCall }, { canCall: false, isInCall: false });
    assert.equal((await bob.look()).view, "home");
  });

  it("asks the callee for camera and microphone, while the caller still waits", async (test) => {
    const { alice, bob } = await begin(test);
    await holdMedia(bob);
    await alice.clickCall();
    await bob.sees("incoming");
    await bob.click("#answer");
    assert.equal((await bob.reaches("asking-media")).view, "ring");
    assert.equal((await alice.look()).state, "ringing");
    await alice.click("#hang-up");
    await bob.sees("cancelled");
    await alice.expectSilence();
  });

  it("connects, and can be hung up meanwhile", async (test) => {
    const { alice, bob } = await begin(test);
    await holdConnection(bob);
    await answer({ alice, bob });
    for (const side of [alice, bob]) {
      assert.equal((await side.reaches("connecting")).view, "call");
      assert.equal(await side.isRecording(), true);
    }
    await alice.click("#hang-up");
    assert.equal((await bob.sees("ended")).status, "alice@example.com hung up.");
    await expectSilence({ alice, bob });
  });

  it("is given up when the two browsers do not connect in time", async (test) => {
    const { alice, bob } = await begin(test, { settings: { LOOP_CONNECTION_SECONDS: "2" } });
    await holdConnection(bob);
    await answer({ alice, bob });
    for (const side of [alice, bob]) {
      const { status } = await side.reaches("not-connected");
      assert.match(status, /^The two browsers could not be connected\./);
    }
    await expectSilence({ alice, bob });
  });
});

for (const who of ["alice", "bob"]) {
  inEveryBrowser(`a network that breaks for ${who}`, (place) => {
    const begin = async (test) => {
      const pages = await beginPages(test, { alice: place, bob: place });
      await Promise.all([controlNetwork(pages.alice), controlNetwork(pages.bob)]);
      await connect(pages);
      const side = pages[who];
      await side.page.evaluate((long) => network.holdTime(long), LONG);
      return { ...pages, side, other: who === "alice" ? pages.bob : pages.alice };
    };

    it("comes back, by another way if it takes long", async (test) => {
      const { alice, bob, side, other } = await begin(test);
      await pretend(side, "disconnected");
      await side.reaches("reconnecting");
      assert.equal(await restarts(alice), 0, "it may come back by itself");
      await passTime(side);
      await isRestarted(alice);
      assert.equal((await side.look()).state, "reconnecting");
      await pretend(side, undefined);
      await side.sees("connected");
      assert.equal((await other.sees("connected")).view, "call");
      // The signals of the restart are still on their way.
      await alice.click("#hang-up");
      await bob.sees("ended");
    });

    it("is lost when there is no other way, and everything is switched off", async (test) => {
      const { alice, bob, side } = await begin(test);
      await pretend(side, "failed");
      await isRestarted(alice);
      await side.reaches("reconnecting");
      await pretend(side, "failed");
      assert.equal(await side.isRecording(), true);
      await passTime(side);
      for (const one of [alice, bob]) {
        const { status, isInCall } = await one.reaches("lost");
        assert.match(status, /^The connection was lost/);
        assert.equal(isInCall, false);
      }
      await expectSilence({ alice, bob });
      assert.deepEqual([await restarts(alice), await restarts(bob)], [1, 0], "restarts are tried once");
    });
  });
}

inEveryBrowser("pages in German", (place) => {
  it("are accessible", async (test) => {
    const pages = await beginPages(test, { alice: place, bob: place });
    for (const side of [pages.alice, pages.bob]) {
      assert.equal(await side.page.evaluate(() => document.documentElement.lang), "de");
      await side.check("german");
    }
    assert.equal((await pages.alice.look()).title, "Bob anrufen?");
  });
}, GERMAN);

async function answer({ alice, bob }) {
  await alice.clickCall();
  await bob.sees("incoming");
  await bob.click("#answer");
}

async function expectSilence({ alice, bob }) {
  await alice.expectSilence();
  await bob.expectSilence();
}

/** Tells the page this state of its connection, or the true one, if none is given. */
async function pretend({ page }, state) {
  // Drivers cannot pass `undefined`.
  await page.evaluate((it) => network.pretend(it ?? undefined), state ?? null);
}

async function passTime({ page }) {
  await page.evaluate(() => network.passTime());
}

/** Returns the number of offers to look for another route that this side has made. */
async function restarts({ page }) {
  return page.evaluate(() => network.restarts);
}

/** Waits for a restart, which the caller makes. */
async function isRestarted(alice) {
  await waitFor("a restart", async () => (await restarts(alice)) === 1);
}
