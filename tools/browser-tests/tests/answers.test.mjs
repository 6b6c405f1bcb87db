// Refusals and their sources: the service, the gateway in front of it, or a proxy on the way. A
// page that got a response must not say that the service was out of reach.

import { strict as assert } from "node:assert";
import { it } from "node:test";

import { CalleePage } from "../harness/callee-page.mjs";
import { askedBy, controlAnswers, setFaults } from "../harness/faults.mjs";
import { startServer } from "../harness/server.mjs";
import { begin, inEveryBrowser } from "../harness/story.mjs";
import { waitFor } from "../harness/wait.mjs";

const BUSY = "The service is busy at the moment. Try again in a minute.";
const FOREIGN = "Something between this browser and the service has refused this. Try another network.";
const OURS = "That did not work, and it is our fault. Try again later.";
const AWAY = "The service is not available. Try again in 7 seconds.";

/** Responses that do not come from the service, and the text that both pages show then. */
const ANSWERS = [
  { status: 429, body: { message: "Too Many Requests" }, state: "busy", says: BUSY },
  { status: 503, body: { message: "Service Unavailable" }, state: "busy", says: BUSY },
  { status: 504, body: "<html>", state: "busy", says: BUSY },
  { status: 500, body: { message: "Internal Server Error" }, state: "failed", says: OURS },
  { status: 500, body: { code: 500, errno: 999 }, state: "failed", says: OURS },
  { status: 503, body: { code: 503, errno: 201 }, headers: { "Retry-After": "7" }, state: "unavailable", says: AWAY },
  { status: 403, body: { message: "Forbidden" }, state: "foreign", says: FOREIGN },
  { status: 404, body: { message: "Not Found" }, state: "foreign", says: FOREIGN },
  { status: 410, body: "", state: "foreign", says: FOREIGN },
  { status: 401, body: "<html>", state: "foreign", says: FOREIGN },
  { status: 200, body: "<html>log in</html>", state: "foreign", says: FOREIGN },
  { status: 200, body: null, state: "foreign", says: FOREIGN },
];

inEveryBrowser("an answer that refuses", (place) => {
  it("is told from an outage on the caller's page", async (test) => {
    const { alice, device, link } = await begin(test, place);
    await controlAnswers(alice);
    await alice.open(link);
    for (const { state, says, ...answer } of ANSWERS) {
      await setFaults(alice, [{ method: "POST", path: "/calls/", ...answer }]);
      await alice.clickCall();
      const { status, canCall } = await alice.sees(state);
      assert.equal(status, says, JSON.stringify(answer));
      assert.ok(canCall, "it can be tried again");
      await alice.expectSilence();
    }
    await alice.check("foreign");
    assert.equal(device.rings(), 0);
    await setFaults(alice, []);
    await alice.clickCall();
    await alice.sees("ringing-soon");
  });

  it("of the service is told from the gateway's", async (test) => {
    const { alice, link } = await begin(test, place);
    const body = { code: 429, errno: 117 };
    await controlAnswers(alice, [
      { method: "POST", path: "/calls/", status: 429, body, headers: { "Retry-After": "9" } },
    ]);
    await alice.open(link);
    await alice.clickCall();
    assert.equal((await alice.sees("too-many")).status, "Too many calls are ringing Bob. Try again in 9 seconds.");
  });

  it("is told from an outage where links are made and revoked", async (test) => {
    const { bob } = await beginCallee(test);
    await bob.enable();
    await bob.makeLink();
    const status = () => bob.page.$eval("#link-status", (it) => it.textContent);
    for (const { says, ...answer } of ANSWERS) {
      await setFaults(bob, [
        { method: "POST", path: "/call-url", ...answer },
        { method: "DELETE", path: "/call-url/", ...answer },
      ]);
      for (const button of ["#links .revoke", "[name=make]"]) {
        await bob.page.type("#remote-id", "a");
        await bob.click(button);
        await waitFor(`${button}: ${says}`, async () => (await status()) === says);
      }
    }
    assert.deepEqual(await bob.complaints(), []);
  });

  it("is told from an outage where calls are to be got", async (test) => {
    const { bob } = await beginCallee(test);
    for (const { state, says, ...answer } of ANSWERS) {
      if (answer.status === 401) continue;
      await setFaults(bob, [{ method: "POST", path: "/registration", ...answer }]);
      await bob.click("#enable");
      assert.equal((await bob.sees(state)).status, says, JSON.stringify(answer));
    }
  });

  it("is told from an outage while it polls, and rings when that is over", async (test) => {
    const { bob } = await beginCallee(test, () => delete globalThis.PushManager);
    await bob.enable();
    const text = async () => (await bob.look()).reachText;
    await setFaults(bob, [{ method: "GET", path: "/calls", status: 429, body: { message: "Too Many Requests" } }]);
    await bob.isReachedBy("offline");
    assert.equal(await text(), "The service refuses at the moment, so nobody can ring here. Trying again…");
    await bob.check("refused");
    await setFaults(bob, []);
    await bob.isReachedBy("polling");
    assert.match(await text(), /^This browser rings only while this page is open\./);
  });

  it("does not make a browser forget its links, unless it is the service that knows no session", async (test) => {
    const { bob } = await beginCallee(test);
    await bob.enable();
    await bob.makeLink();
    const links = () => bob.page.evaluate(() => document.querySelectorAll("#links li").length);
    const fault = { method: "GET", path: "/calls", status: 401 };
    await setFaults(bob, [{ ...fault, body: "<html>log in</html>" }]);
    const asked = (await askedBy(bob, "GET", "/calls")).length;
    await bob.page.evaluate(() => dispatchEvent(new Event("online")));
    await waitFor("the answer", async () => (await askedBy(bob, "GET", "/calls")).length > asked);
    assert.equal(await links(), 1);
    await setFaults(bob, [{ ...fault, body: { code: 401, errno: 110 } }]);
    await bob.page.evaluate(() => dispatchEvent(new Event("online")));
    await bob.reaches("session-gone");
    assert.equal(await links(), 0);
    assert.equal((await bob.look()).reach, "off");
  });

  it("gets calls also where the page was opened under another name of this machine", async (test) => {
    const { bob, server } = await opened(test);
    const { port } = new URL(server.url);
    await bob.open(`http://127.0.0.1:${port}/`);
    await bob.click("#enable");
    await bob.reaches("ready");
    assert.equal(await bob.page.evaluate(() => location.origin), new URL(server.url).origin);
  });

  it("says at which address of the page calls are to be got", async (test) => {
    const { bob, server } = await opened(test, { LOOP_PUBLIC_URL: "https://loop.example.org" });
    await bob.open(server.url);
    await bob.click("#enable");
    const { status } = await bob.reaches("wrong-address");
    assert.equal(status, "This page works at another address: open https://loop.example.org");
  });

  async function opened(test, settings) {
    const server = await startServer(settings);
    test.after(() => server.stop());
    const bob = await CalleePage.create(place);
    test.after(() => bob.context.close());
    return { bob, server };
  }

  async function beginCallee(test, prepare = () => {}) {
    const { bob, server } = await opened(test);
    await controlAnswers(bob);
    await bob.page.evaluateOnNewDocument(prepare);
    await bob.open(server.url);
    return { bob, server };
  }
});

inEveryBrowser("a caller of a service that rings and no more", (place) => {
  for (const [notified, state] of [[2, "rung"], [true, "rung"], [undefined, "rung"], [null, "rung"], [0, "unreached"], [false, "unreached"]]) {
    it(`is told whether anybody was woken (${notified})`, async (test) => {
      const { alice, link } = await begin(test, place, { settings: { LOOP_PROVIDER: "livekit" } });
      const expires_at = Math.floor(Date.now() / 1000) + 100;
      const body = { provider: "livekit", call_id: "a", expires_at, notified };
      await controlAnswers(alice, [{ method: "POST", path: "/calls/", status: 200, body }]);
      await alice.open(link);
      await alice.clickCall();
      await alice.sees(state);
    });
  }
});
