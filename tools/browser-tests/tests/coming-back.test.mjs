// Messages and connections that are lost while a call is answered, and while it goes on.

import { strict as assert } from "node:assert";
import { it } from "node:test";

import { beginPages, connect, inEveryBrowser } from "../harness/story.mjs";
import { controlChannel, controlNetwork } from "../harness/trouble.mjs";
import { waitFor } from "../harness/wait.mjs";

for (const who of ["alice", "bob"]) {
  inEveryBrowser(`the channel of ${who} is lost`, (place) => {
    const begin = async (test) => {
      const { alice, bob } = await beginControlled(test, place);
      return { alice, bob, side: who === "alice" ? alice : bob, other: who === "alice" ? bob : alice };
    };

    it("and comes back in a conversation, which nobody notices", async (test) => {
      const { alice, bob, side, other } = await begin(test);
      await connect({ alice, bob });
      for (let round = 0; round < 3; round++) {
        await side.page.evaluate(() => channel.last.close());
        await isBack(side, round + 2);
      }
      for (const one of [side, other]) assert.equal((await one.look()).state, "connected");
      await expectRestart({ alice, bob });
      await side.click("#hang-up");
      await other.sees("ended");
      for (const one of [side, other]) await one.expectSilence();
    });

    it("without the browser's noticing, and comes back when the connection is interrupted", async (test) => {
      const { alice, bob, side, other } = await begin(test);
      await connect({ alice, bob });
      await side.page.evaluate(() => {
        const dead = channel.last;
        dead.onmessage = dead.onclose = null;
        channel.loses = (_, socket) => socket === dead;
      });
      await pretend(side, "disconnected");
      await side.sees("reconnecting");
      await isBack(side, 2);
      await pretend(side, undefined);
      await side.sees("connected");
      await expectRestart({ alice, bob });
      await side.click("#hang-up");
      await other.sees("ended");
    });

    it("while the two connect, and they do", async (test) => {
      const { alice, bob, side } = await begin(test);
      await alice.clickCall();
      await bob.sees("incoming");
      // It breaks off with the first signal that is sent or received.
      await side.page.evaluate(() => {
        const first = channel.last;
        const isSignal = ({ type }) => type === "signal";
        channel.loses = (message, socket) => {
          if (socket === first && isSignal(message)) first.close();
          return socket === first && isSignal(message);
        };
      });
      await bob.click("#answer");
      await bothSeeEachOther({ alice, bob });
      await isBack(side, 2);
    });

    it("for good, and the conversation goes on", async (test) => {
      const { alice, bob, side, other } = await begin(test);
      await connect({ alice, bob });
      await side.page.evaluate(() => {
        // The service refuses the token by which the page would come back.
        channel.loses = (message, socket) => {
          if (message.type !== "hello") return false;
          channel.loses = () => false;
          socket.send(JSON.stringify({ ...message, token: "no-token" }));
          return true;
        };
        channel.last.close();
      });
      await waitFor("the service to refuse the page", () =>
        side.page.evaluate(() => channel.sockets.length === 2 && channel.last.readyState === 3),
      );
      for (const one of [side, other]) assert.equal((await one.look()).state, "connected");
      assert.equal(await side.isRecording(), true);
    });
  });
}

inEveryBrowser("a message is lost", (place) => {
  const ring = async (test) => {
    const { alice, bob } = await beginControlled(test, place);
    await alice.clickCall();
    await bob.sees("incoming");
    return { alice, bob };
  };

  it("the accept, with its connection", async (test) => {
    const { alice, bob } = await ring(test);
    await bob.page.evaluate(() => {
      const first = channel.last;
      channel.loses = ({ event }, socket) => {
        if (event === "accept" && socket === first) first.close();
        return socket === first;
      };
    });
    await bob.click("#answer");
    await bothSeeEachOther({ alice, bob });
  });

  it("each signal, the first time that it is sent", async (test) => {
    const { alice, bob } = await ring(test);
    for (const { page } of [alice, bob]) {
      await page.evaluate(() => {
        const sent = new Set();
        channel.loses = (message) => {
          const text = JSON.stringify(message);
          const isLost = message.type === "signal" && !sent.has(text);
          sent.add(text);
          return isLost;
        };
      });
    }
    await bob.click("#answer");
    await bothSeeEachOther({ alice, bob });
  });

  it("the hello of the caller, again and again: the page gives up, and the camera is off", async (test) => {
    const { alice } = await beginControlled(test, place);
    await alice.page.evaluate(() => (channel.loses = () => true));
    await alice.clickCall();
    await alice.sees("unreachable");
    await alice.expectSilence();
    assert.equal(await alice.page.evaluate(() => channel.sockets.length), 3);
  });

  it("the media-up of both sides, and the gateway says that a function could not be run", async (test) => {
    const { alice, bob } = await ring(test);
    for (const { page } of [alice, bob]) {
      await page.evaluate(() => {
        let isFirst = true;
        channel.loses = ({ event }, socket) => {
          const isLost = event === "media-up" && isFirst;
          if (!isLost) return false;
          isFirst = false;
          const data = JSON.stringify({ message: "Internal server error", connectionId: "c", requestId: "r" });
          socket.onmessage(new MessageEvent("message", { data }));
          return true;
        };
      });
    }
    await bob.click("#answer");
    await bothSeeEachOther({ alice, bob });
  });

  it("the hang-up, which could not be stored", async (test) => {
    const { alice, bob } = await beginControlled(test, place);
    await connect({ alice, bob });
    await alice.page.evaluate(() => {
      channel.loses = ({ event }, socket) => {
        if (event !== "terminate") return false;
        channel.loses = () => false;
        const data = JSON.stringify({ type: "error", errno: 201, message: "try again" });
        socket.onmessage(new MessageEvent("message", { data }));
        return true;
      };
    });
    await alice.click("#hang-up");
    await bob.sees("ended");
    for (const side of [alice, bob]) await side.expectSilence();
  });
});

inEveryBrowser("nothing is lost", (place) => {
  it("and nothing is said twice", async (test) => {
    const { alice, bob } = await beginControlled(test, place);
    await connect({ alice, bob });
    await bothSeeEachOther({ alice, bob });
    await alice.click("#hang-up");
    await bob.sees("ended");
    const expected = [
      [alice, ["hello", "media-up", "terminate"]],
      [bob, ["accept", "hello", "media-up"]],
    ];
    for (const [{ page }, actions] of expected) {
      const sent = await page.evaluate(() => channel.sent);
      assert.equal(new Set(sent.map((message) => JSON.stringify(message))).size, sent.length);
      const names = sent.map(({ type, event }) => event ?? type);
      assert.deepEqual(names.filter((name) => name !== "signal").sort(), actions);
      // An offer or an answer, and the candidates, most of them together.
      const signals = sent.length - actions.length;
      assert.ok(signals >= 1 && signals <= 3, `${signals} signals`);
    }
  });
});

async function beginControlled(test, place) {
  const pages = await beginPages(test, { alice: place, bob: place });
  for (const side of [pages.alice, pages.bob]) {
    await controlChannel(side);
    await controlNetwork(side);
  }
  return pages;
}

/** Waits until the page has said hello over its connection of this number. */
async function isBack({ page }, number) {
  await waitFor("the page to be back on the channel", () =>
    page.evaluate((it) => channel.sockets.length >= it && channel.last.isGreeted, number),
  );
}

/** Checks that signals pass in both directions: the two look for another way, and have one. */
async function expectRestart({ alice, bob }) {
  const fragments = () =>
    Promise.all([alice, bob].map(({ page }) => page.evaluate(() => network.fragment())));
  const before = await fragments();
  await pretend(bob, "failed");
  await waitFor("both to have a new way", async () => {
    const now = await fragments();
    return now.every((fragment, side) => fragment !== before[side]);
  });
  await pretend(bob, undefined);
  for (const side of [alice, bob]) await side.sees("connected");
}

/** Tells the page this state of its connection, or the true one, if none is given. */
async function pretend({ page }, state) {
  // Drivers cannot pass `undefined`.
  await page.evaluate((it) => network.pretend(it ?? undefined), state ?? null);
}

async function bothSeeEachOther({ alice, bob }) {
  for (const side of [alice, bob]) {
    await side.sees("connected");
    await side.expectVideo();
  }
}
