// Names that are meant to run a script: both pages show them as plain text.

import { strict as assert } from "node:assert";
import { once } from "node:events";
import { createServer } from "node:http";
import { it } from "node:test";

import { NAMES, NOTHING, watchForIntruders } from "../harness/intruder.mjs";
import { begin, beginPages, inEveryBrowser } from "../harness/story.mjs";
import { waitFor } from "../harness/wait.mjs";

/** The directives of the policy, each of which stops something by itself. */
const DIRECTIVES = [
  "base-uri",
  "connect-src",
  "form-action",
  "frame-src",
  "img-src",
  "require-trusted-types-for",
  "script-src",
  "style-src",
  "trusted-types",
];

inEveryBrowser("names that are scripts", (place) => {
  it("are text on the caller's page", async (test) => {
    const { alice, bob, server } = await begin(test, place);
    const intruders = await watchForIntruders(alice, server.url);
    for (const [callee_name, remote_id] of NAMES) {
      const { call_url: link } = await bob.makeLink(600, { callee_name, remote_id });
      assert.equal(await alice.open(link), 200);
      assert.deepEqual(await namesOnCallersPage(alice), {
        title: `Call ${callee_name}?`,
        heading: `Do you want to call ${callee_name}?`,
        label: `Call ${callee_name}`,
        remote: remote_id,
      });
      await alice.clickCall();
      const { status } = await alice.sees("ringing-soon");
      assert.equal(status, `Looking for a device of ${callee_name}…`);
      await alice.click("#hang-up");
      await alice.sees("ended");
      assert.equal((await alice.look()).callLabel, `Call ${callee_name} again`);
      assert.deepEqual(await intruders(), NOTHING);
    }
    assert.deepEqual(await alice.complaints(), []);
  });

  it("are text in the callee's list of links, also when it is loaded again", async (test) => {
    const { bob, server } = await beginPages(test, { alice: place, bob: place });
    const intruders = await watchForIntruders(bob, server.url);
    const expected = ["alice@example.com"];
    for (const [callee_name, remote_id] of NAMES) {
      await makeLink(bob, callee_name, remote_id);
      expected.unshift(remote_id);
      const says = () => bob.page.$eval("#link-status", (it) => it.textContent);
      await waitFor("the new link", async () => (await says()) === `The link for ${remote_id} is ready.`);
      assert.deepEqual(await namesOnCalleesPage(bob), listOf(expected));
      assert.deepEqual(await intruders(), NOTHING);
    }
    await bob.page.reload();
    assert.deepEqual(await namesOnCalleesPage(bob), listOf(expected));
    const lastName = await bob.page.$eval("#callee-name", ({ value }) => value);
    assert.equal(lastName, NAMES.at(-1)[0]);
    assert.deepEqual(await intruders(), NOTHING);

    const [remote_id] = expected;
    await bob.click("#links li .revoke");
    await waitFor("the link to go", async () => (await namesOnCalleesPage(bob)).names.length === NAMES.length);
    const { dialogs, ...rest } = await intruders();
    assert.deepEqual(dialogs, [`confirm: Shall the link for ${remote_id} stop working, for good?`]);
    assert.deepEqual({ dialogs: [], ...rest }, NOTHING);
    assert.deepEqual(await bob.complaints(), []);
  });

  it("are text where a call comes in, in the notification, and in the call", async (test) => {
    const { alice, bob, server } = await beginPages(test, { alice: place, bob: place });
    const intruders = [await watchForIntruders(alice, server.url), await watchForIntruders(bob, server.url)];
    for (const [callee_name, remote_id] of [NAMES[0], NAMES[1], NAMES[8]]) {
      await makeLink(bob, callee_name, remote_id);
      const link = await waitFor("the link of that name", () =>
        bob.page.evaluate((name) => {
          const item = document.querySelector("#links li");
          return item.querySelector(".for").textContent === name && item.querySelector(".url").value;
        }, remote_id),
      );
      await alice.open(link);
      await alice.clickCall();
      const { status } = await bob.sees("incoming");
      assert.equal(status, `${remote_id} is calling`);
      assert.deepEqual(
        await bob.page.evaluate(() => [
          document.getElementById("ring-heading").textContent,
          document.getElementById("ring-caller").childElementCount,
          document.getElementById("ring-initial").textContent,
        ]),
        [`${remote_id} is calling`, 0, remote_id[0].toUpperCase()],
      );
      if (place.pushService) {
        const title = `${remote_id} is calling`;
        await waitFor("the notification", async () => (await bob.notifications()).includes(title));
      }
      await bob.click("#answer");
      await Promise.all([alice.sees("connected"), bob.sees("connected")]);
      await bob.click("#hang-up");
      await Promise.all([alice.sees("ended"), bob.sees("ended")]);
      for (const seen of intruders) assert.deepEqual(await seen(), NOTHING);
    }
    for (const page of [alice, bob]) assert.deepEqual(await page.complaints(), []);
  });

  it("could do nothing even if one of them got in as markup", async (test) => {
    const { alice, bob, server } = await beginPages(test, { alice: place, bob: place });
    const elsewhere = createServer((_request, response) => response.end());
    elsewhere.listen(0, "127.0.0.1");
    await once(elsewhere, "listening");
    test.after(() => elsewhere.close());
    let asked = 0;
    elsewhere.on("request", () => (asked += 1));
    const url = `http://127.0.0.1:${elsewhere.address().port}/`;
    for (const page of [alice, bob]) {
      const seen = await page.page.evaluate(intrude, url);
      assert.deepEqual(seen.done, [], "what was done");
      assert.equal(seen.intruded, undefined);
      for (const directive of DIRECTIVES) {
        const report = new RegExp(`^policy: ${directive}(-elem)? blocks`);
        await waitFor(`a report of ${directive}`, async () =>
          (await page.complaints()).some((complaint) => report.test(complaint)),
        );
      }
      assert.ok(page.page.url().startsWith(server.url), "it has gone nowhere");
    }
    assert.equal(asked, 0);
  });
});

/** Tries in a page what an injected script would try, and returns the attempts that worked. */
async function intrude(url) {
  const done = [];
  // The driver may evaluate code that a page may not, until its own turn of the event loop ends.
  await new Promise((resolve) => setTimeout(resolve));
  const attempts = {
    evaluate: () => (0, eval)("globalThis.intruded = 1"),
    construct: () => new Function("globalThis.intruded = 1")(),
    later: () => setTimeout("globalThis.intruded = 1"),
    markup: () => (document.body.innerHTML += "<img src=x onerror='globalThis.intruded = 1'>"),
    write: () => document.write("<script>globalThis.intruded = 1</script>"),
    script: () => add("script", { text: "globalThis.intruded = 1" }),
    remoteScript: () => add("script", { src: `${url}a.js` }),
    worker: () => new Worker(`${url}a.js`),
    policy: () => trustedTypes.createPolicy("intruder", { createScript: (text) => text }),
  };
  function add(name, properties, parent = document.body) {
    parent.append(Object.assign(document.createElement(name), properties));
  }
  // The policy stops these without an exception, but reports them.
  const silent = {
    image: () => add("img", { src: `${url}a.png` }),
    frame: () => add("iframe", { src: url }),
    style: () => add("style", { textContent: "body { display: none }" }, document.head),
    sheet: () => add("link", { rel: "stylesheet", href: `${url}a.css` }, document.head),
    base: () => add("base", { href: url }, document.head),
    form: () => {
      add("form", { action: url, id: "intruder" });
      document.getElementById("intruder").submit();
    },
  };
  const mayThrow = ["later", "markup", "write", "script", "remoteScript", "worker"];
  for (const [name, attempt] of Object.entries({ ...attempts, ...silent })) {
    try {
      attempt();
      if (!mayThrow.includes(name) && !(name in silent)) done.push(name);
    } catch {
      // The policy has stopped the attempt, as it should.
    }
  }
  await fetch(url, { mode: "no-cors" }).then(() => done.push("fetch"), () => {});
  await import(`${url}a.mjs`).then(() => done.push("import"), () => {});
  // The reports of all attempts come before that of the last one.
  const { promise, resolve } = Promise.withResolvers();
  document.addEventListener("securitypolicyviolation", ({ blockedURI }) => {
    if (blockedURI.endsWith("last")) resolve();
  });
  await fetch(`${url}last`, { mode: "no-cors" }).catch(() => {});
  await promise;
  if (document.baseURI.startsWith(url)) done.push("base");
  return { done, intruded: globalThis.intruded };
}

function namesOnCallersPage(alice) {
  return alice.page.evaluate(() => ({
    title: document.title,
    heading: document.querySelector("h1").textContent,
    label: document.getElementById("call-label").textContent,
    remote: document.querySelector("strong bdi").textContent,
  }));
}

function namesOnCalleesPage(bob) {
  return bob.page.evaluate(() => {
    const items = [...document.querySelectorAll("#links li")];
    const part = (selector, read) => items.map((item) => read(item.querySelector(selector)));
    return {
      names: part(".for", (it) => it.textContent),
      labels: part(".url", (it) => it.ariaLabel),
      copies: part(".copy", (it) => it.ariaLabel),
      revocations: part(".revoke", (it) => it.ariaLabel),
    };
  });
}

function listOf(names) {
  return {
    names,
    labels: names.map((name) => `Link for ${name}`),
    copies: names.map((name) => `Copy the link for ${name}`),
    revocations: names.map((name) => `Revoke the link for ${name}`),
  };
}

/** Makes a link on Bob's page like a visitor who pastes the names. */
async function makeLink(bob, callee_name, remote_id) {
  await bob.page.bringToFront();
  const paste = (selector, text) => bob.page.$eval(selector, (field, it) => (field.value = it), text);
  await paste("#remote-id", remote_id);
  await paste("#callee-name", callee_name);
  await bob.page.click("[name=make]");
}
