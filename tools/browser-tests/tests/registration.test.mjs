// The reachability of a callee: a decision against push ends it, and a failure is tried again.

import { strict as assert } from "node:assert";
import { it } from "node:test";

import { CalleePage } from "../harness/callee-page.mjs";
import * as faults from "../harness/faults.mjs";
import { startServer } from "../harness/server.mjs";
import { inEveryBrowser } from "../harness/story.mjs";
import { waitFor } from "../harness/wait.mjs";

const UNAVAILABLE = { method: "POST", path: "/registration", status: 503, body: { code: 503, errno: 201 } };
const WITH_PUSH = /^This browser rings when somebody calls, even while this page is closed\.$/;
const NOT_CONFIRMED = /even while this page is closed\. That could not be confirmed just now\. Trying again…$/;

const NO_ANSWER =
  /only while this page is open\. The push service of this browser does not answer\. Trying again…$/;

/** Outcomes of `subscribe()` that are no decision. */
const FAILURES = ["null", "malformed", "pending", "AbortError", "InvalidStateError"];
/** Outcomes of `subscribe()` that are decisions, each with the text that the page shows then. */
const DECISIONS = {
  NotAllowedError: /only while this page is open\. Notifications are not allowed for this page\./,
  NotSupportedError: /only while this page is open\. Notifications can't be had here/,
};

inEveryBrowser("a registration", (place) => {
  it("is by push again after it was stopped, with a failure in between", async (test) => {
    const { bob } = await begin(test);
    await bob.enable();
    await says(bob, "push", WITH_PUSH);
    await bob.click("#disable");
    await bob.sees("idle");
    assert.equal(await faults.hasSubscription(bob), false);
    await faults.setFaults(bob, [{ ...UNAVAILABLE, times: 1 }]);
    await bob.enable();
    await says(bob, "push", WITH_PUSH);
    assert.deepEqual(await bob.complaints(), []);
  });

  it("by push stays so when the service fails while the page is loaded", async (test) => {
    const { bob, server } = await begin(test);
    await bob.enable();
    await says(bob, "push", WITH_PUSH);
    const later = await open(server, bob.context, [{ ...UNAVAILABLE, times: 1 }]);
    await says(later, "push", NOT_CONFIRMED);
    await later.check("push-not-confirmed");
    await says(later, "push", WITH_PUSH);
    await faults.setFaults(later, [UNAVAILABLE, { ...UNAVAILABLE, method: "GET", path: "/calls" }]);
    await later.page.reload();
    await says(later, "push", WITH_PUSH);
    const asked = await faults.askedBy(later, "POST", "/registration");
    assert.ok(asked.every(({ body }) => body.push_subscription), "it never asks to be polled");
  });

  it("polls while subscribe() fails, says why, and gets push when it works", async (test) => {
    for (const outcome of FAILURES) {
      const { bob } = await begin(test);
      await faults.setPushOutcome(bob, outcome);
      await bob.enable();
      await says(bob, "polling", NO_ANSWER);
      if (outcome === "null") await bob.check("polling-push-service");
      await faults.setPushOutcome(bob, "works");
      await says(bob, "push", WITH_PUSH);
      await bob.page.close();
    }
  });

  it("polls where it is decided that there is no push", async (test) => {
    for (const [outcome, words] of Object.entries(DECISIONS)) {
      const { bob } = await begin(test);
      await faults.setPushOutcome(bob, outcome);
      await bob.enable();
      await says(bob, "polling", words);
      assert.doesNotMatch((await bob.look()).reachText, /Trying again/);
    }
  });

  it("by push is given up only when that is decided", async (test) => {
    const { bob, server } = await begin(test);
    await bob.enable();
    await says(bob, "push", WITH_PUSH);
    const again = (outcome) => open(server, bob.context, [], outcome);
    for (const outcome of ["null", "AbortError"]) await says(await again(outcome), "push", NOT_CONFIRMED);
    await says(await again("NotAllowedError"), "polling", DECISIONS.NotAllowedError);
  });

  it("polls where the service does not talk to the push service", async (test) => {
    const body = { code: 400, errno: 107, message: "push_subscription: endpoint: not allowed" };
    const refused = { method: "POST", path: "/registration", status: 400, body, times: 1 };
    const { bob } = await begin(test, [refused]);
    await bob.enable();
    await says(bob, "polling", /The service does not work with the push service of this browser\.$/);
  });

  it("polls while its worker does not start", async (test) => {
    for (const broken of ["register", "ready"]) {
      const { bob } = await begin(test);
      await bob.page.evaluate((name) => {
        const { prototype } = ServiceWorkerContainer;
        if (name === "register") prototype.register = async () => Promise.reject(new TypeError("503"));
        else Object.defineProperty(prototype, "ready", { get: () => new Promise(() => {}) });
      }, broken);
      await bob.enable();
      await says(bob, "polling", /Ringing while it is closed could not be set up just now\. Trying again…$/);
    }
  });

  it("that is under way loses against a click on Stop", async (test) => {
    const { bob } = await begin(test);
    await bob.enable();
    await says(bob, "push", WITH_PUSH);
    await faults.setFaults(bob, [{ method: "POST", path: "/registration", kind: "silent" }]);
    const asked = (await faults.askedBy(bob, "POST", "/registration")).length;
    await bob.page.evaluate(() => document.getElementById("notifications").click());
    await waitFor("the registration", async () =>
      (await faults.askedBy(bob, "POST", "/registration")).length > asked,
    );
    await bob.click("#disable");
    await bob.sees("idle");
    await faults.releaseFaults(bob);
    await isOff(bob);
  });

  it("that is wanted again while Stop is under way is there in the end", async (test) => {
    const { bob } = await begin(test);
    await bob.enable();
    await says(bob, "push", WITH_PUSH);
    await faults.setFaults(bob, [{ method: "DELETE", path: "/registration", kind: "silent", times: 1 }]);
    await bob.click("#disable");
    await waitFor("the end", async () => (await faults.askedBy(bob, "DELETE", "/registration")).length > 0);
    await bob.page.evaluate(() => document.getElementById("enable").click());
    await faults.releaseFaults(bob);
    await waitFor("the new registration", () => isWanted(bob));
    await says(bob, "push", WITH_PUSH);
    assert.equal(await faults.hasSubscription(bob), true);
  });

  it("that fails altogether says so, and can be tried again at once", async (test) => {
    const { bob } = await begin(test, [UNAVAILABLE]);
    await bob.click("#enable");
    const { status } = await bob.reaches("unavailable");
    assert.equal(status, "The service is not available. Try again in 60 seconds.");
    assert.equal((await bob.look()).reach, undefined);
    await faults.setFaults(bob, []);
    await bob.click("#enable");
    await says(bob, "push", WITH_PUSH);
  });

  it("that fails altogether comes about by itself later", async (test) => {
    const { bob } = await begin(test, [UNAVAILABLE]);
    await bob.click("#enable");
    await bob.sees("unavailable");
    await faults.setFaults(bob, []);
    await says(bob, "push", WITH_PUSH);
    assert.equal((await bob.sees("ready")).status, "");
  });

  /** Starts a service and opens Bob's page, which gets no calls yet. */
  async function begin(test, answers) {
    const server = await startServer();
    test.after(() => server.stop());
    const bob = await open(server, undefined, answers);
    test.after(() => bob.context.close());
    return { bob, server };
  }

  async function open(server, context, answers, outcome) {
    const bob = await CalleePage.create(place, context);
    await faults.controlAnswers(bob, answers);
    await faults.controlPush(bob, place, server.url);
    if (outcome) {
      await bob.page.evaluateOnNewDocument((it) => void (globalThis.pushOutcome = it), outcome);
    }
    await bob.open(server.url);
    return bob;
  }
});

/** Waits until a page says that it is reached in this way, with these words. */
async function says(bob, mode, words) {
  let seen;
  await waitFor(`"${mode}", ${words}`, async () => {
    seen = await bob.look();
    return seen.reach === mode && words.test(seen.reachText);
  }).catch((error) => {
    throw new Error(`${error.message}; it is "${seen.reach}": ${seen.reachText}`);
  });
}

/** Checks that nothing is left that could ring. */
async function isOff(bob) {
  assert.equal((await bob.look()).reach, "off");
  assert.equal(await faults.hasSubscription(bob), false);
  assert.equal(await isWanted(bob), false);
}

/** Returns whether the browser remembers that it shall get calls. */
async function isWanted({ page }) {
  return page.evaluate(() => Boolean(localStorage.getItem("loop.wanted")));
}
