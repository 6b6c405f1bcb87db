// Several tabs of one browser, and the data that it remembers for all of them.

import { strict as assert } from "node:assert";
import { it } from "node:test";

import { CalleePage } from "../harness/callee-page.mjs";
import { askedBy, controlAnswers } from "../harness/faults.mjs";
import { startServer } from "../harness/server.mjs";
import { inEveryBrowser } from "../harness/story.mjs";
import { waitFor } from "../harness/wait.mjs";

/** Values that former releases, or people, may have left in the storage. */
const GARBAGE = {
  loop: ["null", "[]", '"text"', "7", "{}", "{", '{"links":null}', '{"links":[null,7,{}],"reach":"push"}'],
  "loop.polling_id": ["null", '"short"', "{}"],
  "loop.name": ["7", "null", "[]", "{"],
  "loop.wanted": ['"no"', "{", "0"],
  "loop.endpoint": ["7", "null"],
  "loop.link.a": ["null", "{}", "{", '{"remote_id":"a","call_url":"b","call_token":"a","expires_at":1e300,"made":0}'],
};

inEveryBrowser("tabs of one browser", (place) => {
  it("have each other's links, and what is revoked in one is gone in the other", async (test) => {
    const { server, tabs } = await begin(test);
    const [one, other] = tabs;
    await Promise.all([submit(one, "Anna", "Bob"), submit(other, "Berta", "Robert")]);
    for (const tab of tabs) await hasLinks(tab, ["Anna", "Berta"]);
    const third = await open(server, one.context);
    await hasLinks(third, ["Anna", "Berta"]);
    await Promise.all(tabs.map(({ page }) => page.reload()));
    for (const tab of tabs) await hasLinks(tab, ["Anna", "Berta"]);

    await other.click("#links .revoke[aria-label$=Anna]");
    for (const tab of [...tabs, third]) await hasLinks(tab, ["Berta"]);
    await one.click("#links .revoke[aria-label$=Berta]");
    for (const tab of [...tabs, third]) await hasLinks(tab, []);
    await one.page.reload();
    await hasLinks(one, []);
    for (const tab of tabs) assert.deepEqual(await tab.complaints(), []);
  });

  it("have one name of the callee, but leave alone what is being written", async (test) => {
    const { tabs: [one, other] } = await begin(test);
    await other.click("#callee-name");
    await other.page.keyboard.type("Ro");
    await submit(one, "Anna", "Bob");
    await hasLinks(other, ["Anna"]);
    assert.equal(await nameIn(other), "Ro");
    await submit(one, "Berta", "Robert");
    await other.click("#remote-id");
    await submit(one, "Carla", "Bobby");
    await waitFor("the name", async () => (await nameIn(other)) === "Bobby");
  });

  it("keep the focus where it is", async (test) => {
    const { tabs: [one, other] } = await begin(test);
    await submit(one, "Anna", "Bob");
    await hasLinks(other, ["Anna"]);
    await other.page.focus("#links .revoke");
    await submit(one, "Berta", "Bob");
    await hasLinks(other, ["Anna", "Berta"]);
    const focus = () => other.page.evaluate(() => document.activeElement.ariaLabel ?? document.activeElement.id);
    assert.equal(await focus(), "Revoke the link for Anna");
    await one.click("#links .revoke[aria-label$=Anna]");
    await hasLinks(other, ["Berta"]);
    assert.equal(await focus(), "links-heading");
  });

  it("stop getting calls together, and get them together", async (test) => {
    const { tabs: [one, other] } = await begin(test);
    await one.click("#disable");
    await one.sees("idle");
    await other.isReachedBy("off");
    assert.equal((await other.sees("idle")).status, "This browser no longer rings.");
    const asked = (await askedBy(other, "POST", "/registration")).length;
    await other.enable();
    await one.isReachedBy(place.pushService ? "push" : "polling");
    assert.ok((await askedBy(other, "POST", "/registration")).length > asked);
  });

  it("of which one has not heard that calls are no longer wanted do not register again", async (test) => {
    const { tabs: [one, other] } = await begin(test);
    // The other tab misses the event, like one whose renewal is due at that very moment.
    await other.page.evaluate(() => {
      addEventListener("storage", (event) => event.stopImmediatePropagation(), { capture: true });
    });
    await one.click("#disable");
    await one.sees("idle");
    const asked = (await askedBy(other, "POST", "/registration")).length;
    await other.page.evaluate(() => dispatchEvent(new Event("pageshow")));
    await other.isReachedBy("off");
    assert.equal((await askedBy(other, "POST", "/registration")).length, asked);
  });

  it("that poll are one device", async (test) => {
    const { server, tabs: [one, other] } = await begin(test, () => delete globalThis.PushManager);
    const third = await open(server, one.context, () => delete globalThis.PushManager);
    const ids = new Set();
    for (const tab of [one, other, third]) {
      await tab.isReachedBy("polling");
      for (const { body } of await registrations(tab)) ids.add(body.polling_id);
    }
    assert.equal(ids.size, 1);
  });

  it("bear what is left in the storage", async (test) => {
    const { tabs: [one] } = await begin(test);
    await submit(one, "Anna", "Bob");
    await hasLinks(one, ["Anna"]);
    for (const [name, values] of Object.entries(GARBAGE)) {
      for (const value of values) {
        await one.page.evaluate((key, text) => localStorage.setItem(key, text), name, value);
        await one.page.reload();
        await hasLinks(one, ["Anna"]);
        const stillOn = name !== "loop.wanted";
        if (stillOn) await one.isReachedBy(place.pushService ? "push" : "polling");
        assert.deepEqual(await one.complaints(), [], `${name}: ${value}`);
        if (!stillOn) await one.enable();
      }
    }
  });

  it("take over what a former release has remembered", async (test) => {
    const { server, tabs: [one] } = await begin(test);
    const link = (name) => ({ remote_id: name, call_url: `${server.url}/calls/${name}`, call_token: name, expires_at: 4e9 });
    await one.page.evaluate((former) => {
      localStorage.clear();
      localStorage.setItem("loop", JSON.stringify(former));
    }, { reach: "polling", polling_id: "AAECAwQFBgcICQoLDA0ODw", name: "Bob", links: [link("Berta"), link("Anna")] });
    await one.page.reload();
    await one.isReachedBy(place.pushService ? "push" : "polling");
    assert.deepEqual(await shownLinks(one), ["Berta", "Anna"], "the newest first");
    assert.equal(await nameIn(one), "Bob");
    assert.equal(await one.page.evaluate(() => localStorage.getItem("loop")), null);
  });

  it("remember as long as they are open where nothing can be stored", async (test) => {
    for (const prepare of [noWriting, noStorage]) {
      const server = await startServer();
      test.after(() => server.stop());
      const bob = await open(server, undefined, prepare);
      test.after(() => bob.context.close());
      await bob.enable();
      await submit(bob, "Anna", "Bob");
      await submit(bob, "Berta", "Bob");
      await hasLinks(bob, ["Anna", "Berta"]);
      await bob.click("#links .revoke[aria-label$=Anna]");
      await hasLinks(bob, ["Berta"]);
      await bob.click("#disable");
      await bob.sees("idle");
      assert.deepEqual(await bob.complaints(), []);
    }
  });

  /** Starts a service and opens two tabs of Bob's browser that get calls. */
  async function begin(test, prepare) {
    const server = await startServer();
    test.after(() => server.stop());
    const one = await open(server, undefined, prepare);
    test.after(() => one.context.close());
    await one.enable();
    const other = await open(server, one.context, prepare);
    await other.isReachedBy(place.pushService && !prepare ? "push" : "polling");
    return { server, tabs: [one, other] };
  }

  async function open(server, context, prepare) {
    const tab = await CalleePage.create(place, context);
    await controlAnswers(tab);
    if (prepare) await tab.page.evaluateOnNewDocument(prepare);
    await tab.open(server.url);
    return tab;
  }
});

/** Fills the storage. Runs in a page. */
function noWriting() {
  Storage.prototype.setItem = () => {
    throw new DOMException("full", "QuotaExceededError");
  };
}

/** Forbids all storage. Runs in a page. */
function noStorage() {
  Object.defineProperty(globalThis, "localStorage", {
    get() {
      throw new DOMException("not allowed", "SecurityError");
    },
  });
}

/** Makes a link without bringing the tab to the front, since several are used at the same time. */
async function submit({ page }, remoteId, calleeName) {
  await page.evaluate(
    (remote_id, callee_name) => {
      const form = document.getElementById("make-link");
      form.elements.remote_id.value = remote_id;
      form.elements.callee_name.value = callee_name;
      form.requestSubmit();
    },
    remoteId,
    calleeName,
  );
}

async function hasLinks(tab, names) {
  let shown;
  await waitFor(`links for ${names}`, async () => {
    shown = await shownLinks(tab);
    return shown.toSorted().join() === names.join();
  }).catch((error) => {
    throw new Error(`${error.message}; there are ${shown}`);
  });
}

async function shownLinks({ page }) {
  return page.evaluate(() => [...document.querySelectorAll("#links .for")].map((it) => it.textContent));
}

async function nameIn({ page }) {
  return page.$eval("#callee-name", ({ value }) => value);
}

async function registrations(tab) {
  return askedBy(tab, "POST", "/registration");
}
