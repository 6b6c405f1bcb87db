// A call with picture between two browsers, through the pages of a deployed stack. Both pairings that matter: each browser
// is caller and callee once.

import { strict as assert } from "node:assert";
import { after, before, describe, it } from "node:test";

import { launchBrowser } from "../browser-tests/harness/browsers.mjs";
import { CalleePage } from "../browser-tests/harness/callee-page.mjs";
import { CallerPage } from "../browser-tests/harness/caller-page.mjs";
import { connect } from "../browser-tests/harness/story.mjs";

const URL = process.env.DEPLOYED_URL;

describe("a call through the deployed pages", () => {
  const places = { firefox: { name: "firefox" }, chromium: { name: "chromium" } };

  before(async () => {
    for (const place of Object.values(places)) {
      // The certificates are of Caddy's own authority.
      place.browser = await launchBrowser(place.name, { acceptInsecureCerts: true });
    }
  });
  after(async () => {
    for (const { browser } of Object.values(places)) await browser?.close();
  });

  for (const [caller, callee] of [["firefox", "chromium"], ["chromium", "firefox"]]) {
    it(`${caller} calls ${callee}`, async () => {
      const bob = await CalleePage.create(places[callee]);
      await bob.open(`${URL}/`);
      await bob.enable();
      const link = await bob.makeLink();
      assert.ok(link.startsWith(`${URL}/calls/`), link);
      const alice = await CallerPage.create(places[caller]);
      await alice.open(link);
      await connect({ alice, bob });
      await Promise.all([alice.expectVideo(), bob.expectVideo()]);
      const frame = Math.max(await alice.moment("frame"), await bob.moment("frame"));
      console.log(`${caller} calls ${callee}: ${frame - (await bob.moment("answer"))} ms from the answer to the first frame`);
      await bob.click("#hang-up");
      await Promise.all([alice.sees("ended"), bob.sees("ended")]);
      assert.deepEqual([await alice.complaints(), await bob.complaints()], [[], []]);
      for (const page of [alice, bob]) await page.context.close();
    });
  }
});
