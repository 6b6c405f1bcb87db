// Two browsers that cannot reach each other: everything goes through coturn, with credentials that
// the service has issued. `#relay` in the pages' addresses allows no other way.

import { strict as assert } from "node:assert";
import { createHmac } from "node:crypto";
import { after, before, it } from "node:test";

import { beginPages, connect, inEveryBrowser } from "../harness/story.mjs";
import { startTurnServer } from "../harness/turn-server.mjs";

const SECRET = "north";

inEveryBrowser("relay only", (place) => {
  let turn;
  before(async () => {
    turn = await startTurnServer(SECRET);
  });
  after(() => turn?.stop());

  const begin = (test, settings) =>
    beginPages(test, { alice: place, bob: place }, {
      settings: { LOOP_TURN_URLS: turn.url, LOOP_TURN_SECRET: SECRET, ...settings },
      fragment: "#relay",
    });

  it("connects with the minted credentials", async (test) => {
    const { alice, bob } = await begin(test);
    await connect({ alice, bob });
    await Promise.all([alice.expectVideo(), bob.expectVideo()]);
    assert.deepEqual([await alice.route(), await bob.route()], ["relay", "relay"]);
    await alice.click("#hang-up");
    await bob.sees("ended");
  });

  it("does not connect with credentials of another secret", async (test) => {
    const pages = await begin(test, { LOOP_TURN_SECRET: "south", LOOP_CONNECTION_SECONDS: "5" });
    await expectNotConnected(pages);
  });

  it("does not connect with expired credentials", async (test) => {
    const pages = await begin(test, { LOOP_CONNECTION_SECONDS: "5" });
    const username = `${Math.floor(Date.now() / 1000) - 60}:alice`;
    const credential = createHmac("sha1", SECRET).update(username).digest("base64");
    for (const { page } of [pages.alice, pages.bob]) {
      await page.evaluate((expired) => {
        media.alter = (configuration) => ({
          ...configuration,
          iceServers: configuration.iceServers.map((server) => ({ ...server, ...expired })),
        });
      }, { username, credential });
    }
    await expectNotConnected(pages);
  });
});

async function expectNotConnected({ alice, bob }) {
  await alice.clickCall();
  await bob.sees("incoming");
  await bob.click("#answer");
  const [{ status }] = await Promise.all([alice.sees("not-connected"), bob.sees("not-connected")]);
  assert.match(status, /^The two browsers could not be connected\./);
  await alice.expectSilence();
  await bob.expectSilence();
}
