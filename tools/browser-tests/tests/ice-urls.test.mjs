// The URLs that browsers accept for a STUN or TURN server. The service refuses to start with any
// other URL, by the same table: shared/channel/src/ice/url.rs.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";

import { BROWSER_NAMES, launchBrowser, newPage } from "../harness/browsers.mjs";

const table = JSON.parse(await readFile(new URL("../ice-urls.json", import.meta.url), "utf8"));

describe("URLs of STUN and TURN servers", () => {
  it("are taken by every browser, or refused by one, as the table says", async () => {
    const refusals = new Map();
    for (const name of BROWSER_NAMES) refusals.set(name, await refusedBy(name));
    const isRefused = (url) => BROWSER_NAMES.some((name) => refusals.get(name).has(url));
    for (const url of table.accepted) assert.ok(!isRefused(url), `refused: ${url}`);
    for (const url of table["refused by a browser"]) assert.ok(isRefused(url), `taken: ${url}`);
    for (const url of table["taken by browsers, but of no use"]) assert.ok(!isRefused(url), `refused: ${url}`);
  });
});

/**
 * Returns the URLs in the table with which this browser makes no connection.
 *
 * @param {string} name
 * @returns {Promise<Set<string>>}
 */
async function refusedBy(name) {
  const browser = await launchBrowser(name);
  try {
    const page = await newPage(browser);
    const refused = await page.evaluate((urls) => {
      return urls.filter((url) => {
        try {
          const servers = [{ urls: [url], username: "user", credential: "credential" }];
          new RTCPeerConnection({ iceServers: servers }).close();
          return false;
        } catch {
          return true;
        }
      });
    }, Object.values(table).flat());
    return new Set(refused);
  } finally {
    await browser.close();
  }
}
