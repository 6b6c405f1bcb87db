// The client of docs/example-client.js, in a page of another origin.

import { strict as assert } from "node:assert";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { it } from "node:test";

import { CalleePage } from "../harness/callee-page.mjs";
import { CallerPage } from "../harness/caller-page.mjs";
import { startServer } from "../harness/server.mjs";
import { inEveryBrowser } from "../harness/story.mjs";
import { waitFor } from "../harness/wait.mjs";

const SCRIPT = readFileSync(new URL("../../../docs/example-client.js", import.meta.url), "utf8");
const PAGE = '<!doctype html><title>Another site</title><video id="remote" autoplay muted></video>';

it("is short enough to be read", () => assert.ok(SCRIPT.trimEnd().split("\n").length < 80));

inEveryBrowser("the example of a client", (place) => {
  it("calls our page, and both see each other", async (test) => {
    const { server, site } = await begin(test);
    const bob = await CalleePage.create(place);
    test.after(() => bob.context.close());
    await bob.open(`${server.url}/`);
    await bob.enable();
    const link = await bob.makeLink();
    const example = await openSite(test, place, site);
    await example.evaluate(async (link) => {
      const { callLink } = await import("/example-client.js");
      globalThis.call = await callLink(link, await openMedia(), show);
    }, link);
    await bob.sees("incoming");
    await bob.click("#answer");
    await bob.sees("connected");
    await bob.expectVideo();
    await plays(example);
    await example.evaluate(() => call.hangUp());
    await bob.sees("ended");
    await bob.expectSilence();
  });

  it("is called by our page, loses its channel, and is still there", async (test) => {
    const { server, site } = await begin(test);
    const example = await openSite(test, place, site);
    const { call_url: link } = await example.evaluate(async (service) => {
      const { ask, answerNext } = await import("/example-client.js");
      await ask(`${service}/registration`, "POST", { polling_id: "AAAAAAAAAAAAAAAAAAAAAA" });
      const media = await openMedia();
      answerNext(service, media, show).then((call) => (globalThis.call = call));
      return ask(`${service}/call-url`, "POST", { remote_id: "alice@example.com", valid_duration: 600 });
    }, server.url);
    const alice = await CallerPage.create(place);
    test.after(() => alice.context.close());
    await alice.open(link);
    await alice.clickCall();
    await alice.sees("connected");
    await alice.expectVideo();
    await plays(example);
    await example.evaluate(() => call.socket.close());
    await waitFor("the example to be back", () => example.evaluate(() => call.socket.readyState === 1));
    await alice.click("#hang-up");
    await waitFor("the example to know that it is over", () => example.evaluate(() => call.isOver === true));
  });
});

async function begin(test) {
  const site = createServer((request, response) => {
    const isScript = request.url === "/example-client.js";
    response.setHeader("Content-Type", isScript ? "text/javascript" : "text/html");
    response.end(isScript ? SCRIPT : PAGE);
  });
  site.listen(0, "127.0.0.1");
  await once(site, "listening");
  test.after(() => {
    site.close();
    site.closeAllConnections();
  });
  const origin = `http://localhost:${site.address().port}`;
  const server = await startServer({ LOOP_ALLOWED_ORIGINS: origin });
  test.after(() => server.stop());
  return { server, site: origin };
}

/** Opens the other site, with a camera for it and a place for what is seen. */
async function openSite(test, place, site) {
  const context = await place.browser.createBrowserContext();
  test.after(() => context.close());
  const page = await context.newPage();
  await page.goto(site);
  await page.bringToFront();
  await page.evaluate(() => {
    globalThis.openMedia = () => navigator.mediaDevices.getUserMedia({ audio: true, video: true });
    globalThis.show = (stream) => (document.getElementById("remote").srcObject = stream);
  });
  return page;
}

async function plays(page) {
  await waitFor("the example to play", () =>
    page.evaluate(() => document.getElementById("remote").videoWidth > 0),
  );
}
