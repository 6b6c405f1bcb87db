// A page of another site, which Bob's browser opens while it has a session here: the page can do
// nothing with the session, read nothing, and not frame a page of ours.

import { strict as assert } from "node:assert";
import { once } from "node:events";
import { createServer } from "node:http";
import { it } from "node:test";

import { beginPages, inEveryBrowser } from "../harness/story.mjs";
import { waitFor } from "../harness/wait.mjs";

inEveryBrowser("another site", (place) => {
  // Ports do not tell sites apart.
  it("can neither act nor read, where the cookie goes along", (test) =>
    expectPowerless(test, "localhost", "200 GET /calls "));

  it("can neither act nor read, where the cookie stays", (test) =>
    expectPowerless(test, "127.0.0.1", "401 GET /calls "));

  it("can't frame a page of ours", async (test) => {
    const { bob, link, server } = await beginPages(test, { alice: place, bob: place });
    for (const host of ["localhost", "127.0.0.1"]) {
      const evil = await openElsewhere(test, bob, host);
      // The page frames itself too, to show that the test looks into frames.
      for (const url of [evil.url(), `${server.url}/`, link]) {
        await evil.evaluate(
          (src) =>
            new Promise((resolve) => {
              const frame = Object.assign(document.createElement("iframe"), { src });
              frame.onload = frame.onerror = resolve;
              document.body.replaceChildren(frame);
            }),
          url,
        );
        const shown = await Promise.all(
          evil.frames().map((frame) => frame.evaluate(() => document.title).catch(() => "")),
        );
        const framed = shown.slice(1).filter(Boolean);
        if (url === evil.url()) assert.deepEqual(framed, ["Evil"]);
        else assert.ok(!framed.some((title) => /call|bob|anruf/i.test(title)), `${url} is shown: ${framed}`);
      }
    }
  });

  async function expectPowerless(test, host, expectedLine) {
    const { bob, link, server } = await beginPages(test, { alice: place, bob: place });
    const evil = await openElsewhere(test, bob, host);
    const token = link.split("/").at(-1);
    const before = server.log().length;
    const read = await evil.evaluate(attack, server.url, token);
    assert.deepEqual(read, [], "nothing could be read");
    await submitForms(evil, server.url);
    const lines = server.log().slice(before).split("\n");
    const changes = lines.filter((line) => /^\d+ (POST|DELETE) /.test(line));
    assert.ok(lines.some((line) => line.startsWith(expectedLine)), lines.join("\n"));
    // Refusals leave one line a minute in the log of each function.
    for (const path of ["/registration", "/call-url"]) {
      assert.ok(changes.some((line) => line.startsWith(`401 POST ${path} `)), changes.join("\n"));
    }
    const refused = changes.filter((line) => line.startsWith("401 "));
    assert.deepEqual(changes, refused);
    assert.equal((await fetch(link)).status, 200, "the link was not revoked");
  }
});

/** Opens a page of a site of its own, in a tab beside Bob's. */
async function openElsewhere(test, bob, host) {
  const site = createServer((_request, response) => {
    response.writeHead(200, { "Content-Type": "text/html" }).end("<!doctype html><title>Evil</title><body>");
  });
  site.listen(0, "127.0.0.1");
  await once(site, "listening");
  const page = await bob.context.newPage();
  test.after(() => {
    site.close();
    site.closeAllConnections();
  });
  await page.goto(`http://${host}:${site.address().port}/`);
  return page;
}

/** Sends every request in every way that a script has, and returns the responses that it could
 * read. Runs in that page. */
async function attack(url, token) {
  const read = [];
  const device = JSON.stringify({ polling_id: "AAAAAAAAAAAAAAAAAAAAAA" });
  const wish = JSON.stringify({ remote_id: "eve", valid_duration: 60 });
  const requests = [
    ["GET", "/calls"],
    ["GET", "/"],
    ["GET", `/calls/${token}`],
    ["POST", "/registration", device],
    ["POST", "/call-url", wish],
    ["DELETE", "/registration", device],
    ["DELETE", `/call-url/${token}`],
  ];
  const types = ["application/json", "text/plain", "application/x-www-form-urlencoded", undefined];
  for (const mode of ["cors", "no-cors", "same-origin"]) {
    for (const [method, path, body] of requests) {
      for (const type of body ? types : [undefined]) {
        const headers = type ? { "Content-Type": type } : {};
        const options = { method, mode, headers, body, credentials: "include" };
        const text = await fetch(url + path, options).then((response) => response.text(), () => "");
        if (text) read.push(`${mode} ${method} ${path} ${type}: ${text}`);
      }
    }
  }
  return read;
}

/** Submits forms with bodies as close to JSON as possible; each response replaces the page. */
async function submitForms(page, url) {
  const there = page.url();
  for (const path of ["/registration", "/call-url"]) {
    for (const enctype of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
      await page.evaluate(
        (action, enctype) => {
          const form = Object.assign(document.createElement("form"), { action, enctype, method: "post" });
          const name = '{"remote_id":"eve","valid_duration":60,"a":"';
          form.append(Object.assign(document.createElement("input"), { name, value: '"}' }));
          document.body.append(form);
          form.submit();
        },
        url + path,
        enctype,
      );
      await waitFor("the answer to the form", () => page.url() === url + path);
      await page.goto(there);
    }
  }
}
