// Devices with a wrong clock: a page judges by the service's time whether a link is still valid.

import { strict as assert } from "node:assert";
import { it } from "node:test";

import { CalleePage } from "../harness/callee-page.mjs";
import { controlAnswers, setFaults, shiftClock } from "../harness/faults.mjs";
import { startServer } from "../harness/server.mjs";
import { begin, inEveryBrowser } from "../harness/story.mjs";
import { waitFor } from "../harness/wait.mjs";

const TWO_DAYS = 2 * 86_400;

for (const [direction, shift] of [["ahead", TWO_DAYS], ["behind", -TWO_DAYS]]) {
  inEveryBrowser(`a device whose clock is ${direction}`, (place) => {
    it("keeps links as long as the service does", async (test) => {
      const bob = await beginCallee(test, place, shift);
      const link = await bob.makeLink();
      for (const visit of ["first", "second"]) {
        await bob.page.reload();
        assert.equal(await bob.link(), link, visit);
        await isAnswered(bob);
      }
      assert.equal(await bob.link(), link);
      await bob.click("#links .revoke");
      await waitFor("the link to be gone", async () => (await linksOf(bob)) === 0);
      assert.equal((await fetch(link, { method: "POST" })).status, 410);
    });

    it("forgets links that have expired by the service's clock", async (test) => {
      const bob = await beginCallee(test, place, shift);
      await bob.page.$eval("#valid-duration option", (option) => (option.value = "2"));
      await bob.page.select("#valid-duration", "2");
      const link = await bob.makeLink();
      await waitFor("the link to expire", async () => (await fetch(link)).status === 410);
      await bob.page.reload();
      await waitFor("the link to be forgotten", async () => (await linksOf(bob)) === 0);
    });

    it("says for how long a call elsewhere rings", async (test) => {
      const settings = { LOOP_PROVIDER: "livekit", LOOP_RING_SECONDS: "3" };
      const { alice, link } = await begin(test, place, { settings });
      await shiftClock(alice, shift);
      await alice.open(link);
      const begun = Date.now();
      await alice.clickCall();
      await alice.sees("rung");
      await alice.sees("no-answer");
      assert.ok(Date.now() - begun >= 2000, "not at once");
    });
  });
}

inEveryBrowser("a link that is over", (place) => {
  it("is forgotten when that turns out while it is revoked", async (test) => {
    const bob = await beginCallee(test, place, 0);
    for (const [status, errno] of [[410, 111], [404, 105]]) {
      await bob.makeLink();
      await setFaults(bob, [{ method: "DELETE", path: "/call-url/", status, body: { code: status, errno } }]);
      await bob.click("#links .revoke");
      await waitFor("the link to be gone", async () => (await linksOf(bob)) === 0);
      assert.match((await bob.look()).text, /The link for alice@example\.com no longer works\./);
    }
  });

  it("is not known from somebody else's answer", async (test) => {
    const bob = await beginCallee(test, place, 0);
    await bob.makeLink();
    for (const status of [404, 410]) {
      await setFaults(bob, [{ method: "DELETE", path: "/call-url/", status, body: { message: "Not Found" } }]);
      await bob.click("#links .revoke");
      const says = async () => (await bob.look()).text.includes("Something between this browser and the service");
      await waitFor("what is wrong", says);
      assert.equal(await linksOf(bob), 1);
    }
  });
});

/** Opens Bob's page, which gets calls, on a device whose clock is wrong by this number of seconds.
 */
async function beginCallee(test, place, shift) {
  const server = await startServer();
  test.after(() => server.stop());
  const bob = await CalleePage.create(place);
  test.after(() => bob.context.close());
  await shiftClock(bob, shift);
  await controlAnswers(bob);
  await bob.open(server.url);
  await bob.enable();
  return bob;
}

/** Waits until the page has had a response, and so knows the service's time. */
async function isAnswered(bob) {
  await waitFor("an answer", async () => /while this page is/.test((await bob.look()).reachText));
}

async function linksOf({ page }) {
  return page.evaluate(() => document.querySelectorAll("#links li").length);
}
