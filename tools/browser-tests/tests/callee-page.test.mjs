// The callee's page: the ways in which calls reach it, and the data that it remembers.

import { strict as assert } from "node:assert";
import { describe, it } from "node:test";

import { CalleePage } from "../harness/callee-page.mjs";
import { beginPages, inEveryBrowser, startedPlace } from "../harness/story.mjs";
import { waitFor } from "../harness/wait.mjs";

describe("push", () => {
  const place = startedPlace("firefox");
  const begin = (test, settings) => beginPages(test, { alice: place, bob: place }, { settings });

  it("rings while the page is closed, and tells of a missed call", async (test) => {
    const { alice, bob, server } = await begin(test, { LOOP_RINGING_SECONDS: "3" });
    await bob.isReachedBy("push");
    await bob.page.close();
    await alice.clickCall();
    // The service worker has told the service that the device rings.
    assert.equal((await alice.reaches("ringing")).status, "Ringing Bob…");
    assert.equal((await alice.sees("no-answer")).status, "Bob did not answer.");
    await alice.expectSilence();

    const later = await CalleePage.create(place, bob.context);
    await later.open(server.url);
    await later.isReachedBy("push");
    await waitFor("the notification of the missed call", async () =>
      (await later.notifications()).includes("Missed call from alice@example.com"),
    );
  });

  it("rings in a page that is opened in time", async (test) => {
    const { alice, bob, server } = await begin(test);
    await bob.page.close();
    await alice.clickCall();
    await alice.sees("ringing");
    const later = await CalleePage.create(place, bob.context);
    await later.open(server.url);
    await later.sees("incoming");
    assert.deepEqual(await later.notifications(), ["alice@example.com is calling"]);
    await later.click("#answer");
    await Promise.all([alice.sees("connected"), later.sees("connected")]);
    await waitFor("the notification to go", async () => (await later.notifications()).length === 0);
  });
});

inEveryBrowser("the callee's page", (place) => {
  const begin = (test, choices) => beginPages(test, { alice: place, bob: place }, choices);

  it("says how it can be reached, and stays so when it is loaded again", async (test) => {
    const { bob, link } = await begin(test);
    const [mode, words] = place.pushService
      ? ["push", /even while this page is closed/]
      : ["polling", /only while this page is open/];
    for (const visit of ["first", "second"]) {
      await bob.isReachedBy(mode);
      await waitFor("the words for it", async () => words.test((await bob.look()).reachText));
      assert.equal(await bob.link(), link, visit);
      await bob.page.reload();
    }
  });

  it("rings again when it is loaded again", async (test) => {
    const { alice, bob } = await begin(test);
    await alice.clickCall();
    await bob.sees("incoming");
    await bob.page.reload();
    await bob.sees("incoming");
    await bob.click("#decline");
    await alice.sees("no-answer");
  });

  it("says nothing and asks for nothing before anything is clicked", async (test) => {
    const { server } = await begin(test);
    const stranger = await CalleePage.create(place);
    test.after(() => stranger.context.close().catch(() => {}));
    await stranger.open(server.url);
    const { state, reach } = await stranger.look();
    assert.deepEqual({ state, reach }, { state: "idle", reach: undefined });
    await stranger.check("off");
  });
});

describe("polling", () => {
  const place = startedPlace("chromium");

  it("says that the service is gone, and rings when it is back", async (test) => {
    const { alice, bob } = await beginPages(test, { alice: place, bob: place });
    await bob.page.setOfflineMode(true);
    await bob.isReachedBy("offline");
    await bob.check("offline");
    await bob.page.setOfflineMode(false);
    await bob.isReachedBy("polling");
    await alice.clickCall();
    await bob.sees("incoming");
  });
});
