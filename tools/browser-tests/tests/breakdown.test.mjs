// Unexpected exceptions in a page: both sides are told, no camera stays on, and ringing ends.

import { strict as assert } from "node:assert";
import { it } from "node:test";

import { beginPages, connect, inEveryBrowser } from "../harness/story.mjs";

const OURS = "That did not work, and it is our fault. Try again later.";
/** The longest time that the other side may wait to be told, in milliseconds. */
const TOLD_WITHIN = 1000;

/** Code that breaks a page when a call is answered. Each runs in a page. */
const WHEN_ANSWERED = {
  "new RTCPeerConnection": () => {
    globalThis.RTCPeerConnection = class {
      constructor() {
        throw new SyntaxError("not a valid URL");
      }
    };
  },
  addTrack: () => {
    RTCPeerConnection.prototype.addTrack = () => {
      throw new DOMException("broken", "InvalidAccessError");
    };
  },
  "what the connection is to tell": () => {
    Object.defineProperty(RTCPeerConnection.prototype, "onconnectionstatechange", {
      set() {
        throw new TypeError("broken");
      },
    });
  },
};

/** Code that breaks a page at a given moment. */
const ANY_TIME = {
  "a timer": () => {
    setTimeout(() => {
      throw new Error("broken");
    });
  },
  "a promise that nobody waits for": () => {
    // Chromium does not report such rejections in the driver's scripts, so the event is made up.
    const parts = { promise: Promise.resolve(), reason: new Error("broken") };
    dispatchEvent(new PromiseRejectionEvent("unhandledrejection", parts));
  },
};

for (const who of ["alice", "bob"]) {
  inEveryBrowser(`what is thrown in ${who}'s page`, (place) => {
    /** Opens two pages: the one with the exception, and the other. */
    const begin = async (test) => {
      const pages = await beginPages(test, { alice: place, bob: place });
      const { alice, bob } = pages;
      return { alice, bob, side: pages[who], other: who === "alice" ? bob : alice };
    };
    const ring = async ({ alice, bob }) => {
      await alice.clickCall();
      await bob.sees("incoming");
      await alice.sees("ringing");
    };

    it("ends a call that is being answered, for both", async (test) => {
      for (const [what, breakIt] of Object.entries(WHEN_ANSWERED)) {
        test.diagnostic(what);
        const pages = await begin(test);
        await ring(pages);
        await pages.side.page.evaluate(breakIt);
        await pages.bob.click("#answer");
        await expectBreakdown(pages);
      }
    });

    it("ends a call that rings, for both", async (test) => {
      for (const breakIt of Object.values(ANY_TIME)) {
        const pages = await begin(test);
        await ring(pages);
        await pages.side.page.evaluate(breakIt);
        await expectBreakdown(pages);
      }
    });

    it("ends a call that goes on, for both", async (test) => {
      for (const breakIt of Object.values(ANY_TIME)) {
        const pages = await begin(test);
        await connect(pages);
        await pages.side.page.evaluate(breakIt);
        await expectBreakdown(pages);
      }
    });

    it("ends a call whose messages can't be read", async (test) => {
      const pages = await begin(test);
      await ring(pages);
      await pages.side.page.evaluate(() => {
        JSON.parse = () => {
          throw new SyntaxError("broken");
        };
      });
      await pages.bob.click("#answer");
      await expectBreakdown(pages);
    });

    it("ends a call for which no offer or answer can be made", async (test) => {
      const pages = await begin(test);
      await pages.side.page.evaluate(() => {
        const broken = async () => Promise.reject(new DOMException("broken", "OperationError"));
        RTCPeerConnection.prototype.setLocalDescription = broken;
      });
      await ring(pages);
      await pages.bob.click("#answer");
      for (const one of [pages.alice, pages.bob]) {
        assert.match((await one.sees("not-connected")).status, /^The two browsers could not be connected/);
        await one.expectSilence();
      }
    });
  });
}

inEveryBrowser("whatever is thrown", (place) => {
  const beginBoth = (test) => beginPages(test, { alice: place, bob: place });

  it("switches the camera off while the service is still being asked", async (test) => {
    const { alice } = await beginBoth(test);
    await alice.page.evaluate(() => {
      globalThis.fetch = () => new Promise(() => {});
    });
    await alice.clickCall();
    await alice.sees("calling");
    assert.equal(await alice.isRecording(), true);
    await alice.page.evaluate(ANY_TIME["a timer"]);
    await alice.sees("failed");
    await alice.expectSilence();
  });

  it("leaves a page that can call, and be called, again", async (test) => {
    const pages = await beginBoth(test);
    const { alice, bob } = pages;
    for (const side of [bob, alice]) {
      await connect(pages);
      await side.page.evaluate(ANY_TIME["a timer"]);
      await expectBreakdown({ side, other: side === alice ? bob : alice });
    }
    await connect(pages);
    await alice.click("#hang-up");
    await bob.sees("ended");
  });

  it("is left to the extensions of a browser, where it comes from there", async (test) => {
    const pages = await beginBoth(test);
    await connect(pages);
    await pages.alice.page.evaluate(() => {
      const filename = "moz-extension://0/content.js";
      dispatchEvent(new ErrorEvent("error", { filename, error: new Error("theirs") }));
    });
    assert.equal((await pages.alice.look()).state, "connected");
    assert.equal(await pages.alice.isRecording(), true);
  });

  it("does not keep it from ringing that there is no sound", async (test) => {
    const { alice, bob } = await beginBoth(test);
    await bob.page.evaluate(() => {
      globalThis.AudioContext = class {
        constructor() {
          throw new DOMException("no device", "NotSupportedError");
        }
      };
    });
    await alice.clickCall();
    await bob.sees("incoming");
    await alice.sees("ringing");
    assert.deepEqual(await bob.complaints(), []);
    await bob.click("#decline");
    await bob.sees("declined");
  });
});

/** Checks that one side says that it is its fault, that the other soon learns that the call is
 * over, and that both are silent. */
async function expectBreakdown({ side, other }) {
  const moments = await Promise.all([side.sees("failed"), other.isOver()].map(async (told) => {
    await told;
    return Date.now();
  }));
  const { status, isInCall } = await side.look();
  assert.deepEqual({ status, isInCall }, { status: OURS, isInCall: false });
  assert.ok(moments[1] - moments[0] < TOLD_WITHIN, `it took ${moments[1] - moments[0]} ms`);
  await side.expectSilence();
  await other.expectSilence();
}
