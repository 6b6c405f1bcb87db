// The scripts that the pages run: in spite of all that the build leaves out, they have the same
// syntax tree as the files that were written.

import { strict as assert } from "node:assert";
import { readFile, readdir } from "node:fs/promises";
import { describe, it } from "node:test";

import { parse } from "acorn";

import { Callee } from "../harness/callee.mjs";
import { startServer } from "../harness/server.mjs";

const REPOSITORY = new URL("../../../", import.meta.url);
const CALL = "shared/pages-build/assets/";
const WORKER = "functions/service/assets/service-worker.js";

describe("the scripts", () => {
  it("of both pages are those of their files", async (test) => {
    const server = await startServer();
    test.after(() => server.stop());
    const bob = new Callee(server.url);
    await bob.register("http://localhost:1/bob");
    const { call_url } = await bob.makeLink();
    for (const [url, directory] of [
      [call_url, "functions/open-call-url/assets/"],
      [`${server.url}/`, "functions/service/assets/"],
    ]) {
      const files = [...(await scriptsIn(CALL)), ...(await scriptsIn(directory))];
      const html = await fetched(url);
      const [, script] = html.match(/<script>(.*)<\/script>/s);
      const [strict, run, ...others] = statements(script);
      assert.equal(strict.directive, "use strict");
      assert.deepEqual(others, []);
      await expectFiles(run.expression.callee.body.body, files);
    }
  });

  it("of the service worker is that of its file", async (test) => {
    const server = await startServer();
    test.after(() => server.stop());
    const [strict, texts, ...worker] = statements(await fetched(`${server.url}/service-worker.js`));
    assert.equal(strict.directive, "use strict");
    assert.equal(texts.declarations[0].id.name, "texts");
    await expectFiles(worker, [WORKER]);
  });
});

/** Checks that the statements are those of the files: each file as a whole, and nothing else. */
async function expectFiles(found, files) {
  const rest = found.map((statement) => JSON.stringify(statement));
  for (const file of files) {
    const text = await readFile(new URL(file, REPOSITORY), "utf8");
    const written = statements(text).map((statement) => JSON.stringify(statement));
    const begin = rest.indexOf(written[0]);
    assert.deepEqual(rest.splice(begin, written.length), written, file);
  }
  assert.deepEqual(rest, []);
}

async function scriptsIn(directory) {
  const names = await readdir(new URL(directory, REPOSITORY));
  const scripts = names.filter((name) => name.endsWith(".js"));
  return scripts.map((name) => directory + name).filter((file) => file !== WORKER);
}

async function fetched(url) {
  const response = await fetch(url, { headers: { Accept: "text/html, text/javascript" } });
  assert.equal(response.status, 200);
  return response.text();
}

/** Returns the statements of a script in order, without their positions and spelling. */
function statements(script) {
  const { body } = parse(script, { ecmaVersion: "latest" });
  const means = (name, value) => (["start", "end", "raw"].includes(name) ? undefined : value);
  return JSON.parse(JSON.stringify(body, means));
}
