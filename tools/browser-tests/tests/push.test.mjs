// Our own push service with Firefox, on which the callee's page relies. Chromium's push service is
// fixed in its binary, so there is nothing to test on one machine.

import { strict as assert } from "node:assert";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, describe, it } from "node:test";

import { launchBrowser, newPage } from "../harness/browsers.mjs";
import { Callee } from "../harness/callee.mjs";
import { startPushService } from "../harness/push-service.mjs";
import { startServer } from "../harness/server.mjs";
import { waitFor } from "../harness/wait.mjs";

/** A site with a service worker that tells its pages when it was woken. */
const SITE = {
  "/": ["text/html", "<!doctype html><title>Bob</title>"],
  "/worker.js": [
    "text/javascript",
    `addEventListener("push", (event) => event.waitUntil((async () => {
      await registration.showNotification("Alice is calling");
      const pages = await clients.matchAll({ includeUncontrolled: true });
      for (const page of pages) page.postMessage("woken");
    })()));`,
  ],
};

describe("push in firefox", () => {
  let pushService, site, siteUrl, server, browser;

  before(async () => {
    pushService = await startPushService();
    server = await startServer();
    site = createServer((request, response) => {
      const [type, body] = SITE[request.url] ?? ["text/plain", ""];
      response.writeHead(200, { "Content-Type": type }).end(body);
    });
    site.listen(0, "127.0.0.1");
    await once(site, "listening");
    siteUrl = `http://localhost:${site.address().port}/`;
    browser = await launchBrowser("firefox", { pushServiceUrl: pushService.url });
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
    pushService?.stop();
    site?.close();
  });

  it("wakes a service worker by an empty message", async (test) => {
    const { page, subscription } = await subscribe(test);
    const response = await fetch(subscription.endpoint, { method: "POST", headers: { TTL: "60" } });
    assert.equal(response.status, 201);
    await expectWoken(page);
    await waitFor("the acknowledgement", () => pushService.acknowledged.length > 0);
  });

  it("wakes a service worker by a call, with our VAPID key", async (test) => {
    const { vapid_public_key: key } = await described(server);
    const { page, subscription } = await subscribe(test, key);
    const bob = new Callee(server.url);
    await bob.registerSubscription(subscription);
    const { call_url: link } = await bob.makeLink();
    const placed = await (await fetch(link, { method: "POST" })).json();
    assert.equal(placed.notified, true, server.log());
    await expectWoken(page);
    const { headers, vapid } = pushService.attempts.at(-1);
    assert.equal(headers.ttl, "120");
    assert.equal(headers.urgency, "high");
    assert.equal(headers.topic, placed.call_id);
    assert.equal(vapid.aud, new URL(subscription.endpoint).origin);
  });

  it("refuses what Mozilla's push service refuses", async (test) => {
    const { vapid_public_key: key } = await described(server);
    const { page, subscription } = await subscribe(test, key);
    const attempt = async (method, headers) =>
      (await fetch(subscription.endpoint, { method, headers })).status;
    assert.equal(await attempt("PUT", { TTL: "60" }), 405, "SimplePush");
    assert.equal(await attempt("POST", {}), 400, "no TTL");
    assert.equal(await attempt("POST", { TTL: "60" }), 401, "no VAPID");
    const forged = `vapid t=e30.e30.${"A".repeat(86)}, k=${key}`;
    assert.equal(await attempt("POST", { TTL: "60", Authorization: forged }), 401, "forged VAPID");
    await page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      await (await registration.pushManager.getSubscription()).unsubscribe();
    });
    await waitFor("the end of the subscription", async () => (await attempt("POST", {})) === 410);
  });

  /** Opens a page of its own that subscribes, with this key if one is given. */
  async function subscribe(test, key) {
    const page = await newPage(browser);
    test.after(() => page.browserContext().close());
    await page.goto(siteUrl);
    const subscription = await page.evaluate(async (applicationServerKey) => {
      globalThis.told = [];
      navigator.serviceWorker.addEventListener("message", ({ data }) => told.push(data));
      const { pushManager } = await navigator.serviceWorker
        .register("/worker.js")
        .then(() => navigator.serviceWorker.ready);
      const options = { userVisibleOnly: true, applicationServerKey };
      return (await pushManager.subscribe(options)).toJSON();
    }, key);
    return { page, subscription };
  }

  async function expectWoken(page) {
    await waitFor("the worker", () => page.evaluate(() => globalThis.told.includes("woken")));
  }
});

/** Returns the service's description of itself for programs. */
async function described(server) {
  const response = await fetch(server.url, { headers: { Accept: "application/json" } });
  return response.json();
}
