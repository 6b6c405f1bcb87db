// A whole call without a mouse, in the order in which the Tab key leads through the pages.

import { strict as assert } from "node:assert";
import { it } from "node:test";

import { CalleePage } from "../harness/callee-page.mjs";
import { CallerPage } from "../harness/caller-page.mjs";
import { startServer } from "../harness/server.mjs";
import { inEveryBrowser } from "../harness/story.mjs";

inEveryBrowser("the keyboard alone", (place) => {
  it("makes a link, calls, answers, mutes and hangs up", async (test) => {
    const server = await startServer();
    const bob = await CalleePage.create(place);
    const alice = await CallerPage.create(place);
    test.after(async () => {
      await alice.context.close();
      await bob.context.close();
      await server.stop();
    });

    await bob.open(server.url);
    await tabTo(bob, "enable");
    await bob.press("Enter");
    const { focus } = await bob.sees("ready");
    assert.equal(focus, "remote-id");
    await bob.page.keyboard.type("alice@example.com");
    await tabTo(bob, "callee-name");
    await bob.page.keyboard.type("Bob");
    await bob.press("Enter");
    const link = await bob.link();
    assert.match((await bob.look()).focus, /copy/, "what comes next");

    await alice.open(link);
    await tabTo(alice, "call");
    await alice.check("focused");
    await alice.press("Enter");
    await bob.sees("incoming");
    await tabTo(bob, "answer");
    await bob.check("answer-focused");
    await bob.press("Enter");
    await Promise.all([alice.sees("connected"), bob.sees("connected")]);
    await tabTo(alice, "mute");
    await alice.press(" ");
    assert.equal(await alice.page.$eval("#mute", (button) => button.ariaPressed), "true");
    await tabTo(alice, "hang-up");
    await alice.check("hang-up-focused");
    await alice.press("Enter");
    await bob.sees("ended");
    assert.equal((await alice.sees("ended")).focus, "call");
  });
});

/** Presses Tab until the element has the focus: at most six times. */
async function tabTo(it, id) {
  for (let presses = 0; presses < 6; presses += 1) {
    if ((await it.look()).focus === id) return;
    await it.press("Tab");
  }
  assert.equal((await it.look()).focus, id, `${id} is reached by Tab`);
}
