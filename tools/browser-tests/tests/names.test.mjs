// Names of people: in the fields where they are written, and as the initial that stands for a face.

import { strict as assert } from "node:assert";
import { it } from "node:test";

import { CalleePage } from "../harness/callee-page.mjs";
import { controlAnswers, setFaults } from "../harness/faults.mjs";
import { startServer } from "../harness/server.mjs";
import { begin, inEveryBrowser } from "../harness/story.mjs";
import { waitFor } from "../harness/wait.mjs";

const FAMILY = "👨‍👩‍👧";
const FLAG = "🇩🇪";
const WALES = "🏴\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}";

/** Texts that are pasted into an empty field, each with the text that is in the field then. */
const PASTED = [
  ["a".repeat(64), "a".repeat(64)],
  ["a".repeat(65), "a".repeat(64)],
  ["я".repeat(80), "я".repeat(64)],
  ["😀".repeat(64), "😀".repeat(64)],
  ["😀".repeat(65), "😀".repeat(64)],
  [FAMILY.repeat(13), FAMILY.repeat(12)],
  [`${"a".repeat(63)}${FLAG}`, "a".repeat(63)],
  [`${"a".repeat(62)}${FLAG}`, `${"a".repeat(62)}${FLAG}`],
  [`${"a".repeat(63)}e\u0301`, "a".repeat(63)],
  [`${"a".repeat(60)}${WALES}b`, "a".repeat(60)],
];

const INITIALS = [
  ["anna", "A"],
  [`${FLAG} Anna`, FLAG],
  [`${FAMILY} Family`, FAMILY],
  [WALES, WALES],
  ["e\u0301mile", "E\u0301"],
  ["ßam", "ß"],
  ["ნინო", "ნ"],
  ["李小龍", "李"],
  ["क्षितिज", "क्षि"],
];

const GERMAN = {
  chromium: { withoutFlags: ["--lang=en-US"], flags: ["--lang=de", "--accept-lang=de"] },
  firefox: { preferences: { "intl.accept_languages": "de" } },
};

inEveryBrowser("a field for a name", (place) => {
  it("stops where the service does, and cuts no grapheme", async (test) => {
    const { bob } = await beginCallee(test, place);
    for (const id of ["remote-id", "callee-name"]) {
      for (const [pasted, expected] of PASTED) {
        assert.equal(await write(bob, id, pasted), expected, `${id}: ${pasted}`);
      }
    }
  });

  it("does so in browsers that can't tell graphemes apart, too", async (test) => {
    const { bob } = await beginCallee(test, place, () => delete Intl.Segmenter);
    for (const [pasted, expected] of PASTED) {
      assert.equal(await write(bob, "remote-id", pasted), expected, pasted);
    }
  });

  it("takes nothing more in the middle of a text that is full", async (test) => {
    const { bob } = await beginCallee(test, place);
    await bob.click("#remote-id");
    const { keyboard } = bob.page;
    await bob.page.$eval("#remote-id", (field) => {
      field.value = `${"a".repeat(32)}${"b".repeat(32)}`;
      field.setSelectionRange(32, 32);
    });
    await keyboard.type("c");
    const state = () => bob.page.$eval("#remote-id", ({ value, selectionStart }) => [value, selectionStart]);
    assert.deepEqual(await state(), [`${"a".repeat(32)}${"b".repeat(32)}`, 32]);
  });

  it("leaves a text alone that is still being composed", async (test) => {
    const { bob } = await beginCallee(test, place);
    const long = "あ".repeat(70);
    const state = (type) =>
      bob.page.$eval("#remote-id", (field, text, name) => {
        field.value = text;
        field.setSelectionRange(text.length, text.length);
        field.dispatchEvent(
          name === "input" ? new InputEvent(name, { isComposing: true }) : new CompositionEvent(name),
        );
        return field.value;
      }, long, type);
    assert.equal(await state("input"), long);
    assert.equal(await state("compositionend"), "あ".repeat(64));
  });

  it("says in its own words what the service refuses", async (test) => {
    await expectRefusal(test, place, "“Your name” takes 1 to 64 characters, and none that are invisible.",
      "“Who is it for?” takes 1 to 64 characters, and none that are invisible.");
  });
});

inEveryBrowser("a field for a name, in German", (place) => {
  it("says in its own words what the service refuses", async (test) => {
    await expectRefusal(test, place, "„Ihr Name“ nimmt 1 bis 64 Zeichen, und keine unsichtbaren.",
      "„Für wen ist er?“ nimmt 1 bis 64 Zeichen, und keine unsichtbaren.");
  });
}, GERMAN);

inEveryBrowser("the face of a name", (place) => {
  for (const prepare of [() => {}, () => delete Intl.Segmenter]) {
    it(`is its first grapheme, as a capital (${prepare})`, async (test) => {
      const { alice, bob } = await begin(test, place);
      await alice.page.evaluateOnNewDocument(prepare);
      for (const [callee_name, expected] of INITIALS) {
        // Without Intl.Segmenter, the page does not know the conjuncts of Indic scripts.
        if (callee_name.startsWith("क") && !(await hasSegmenter(alice))) continue;
        const made = await bob.makeLink(600, { callee_name }).catch((error) => error);
        // The service decides whether it accepts a name, so a refused one is skipped here.
        if (made instanceof Error) continue;
        await alice.open(made.call_url);
        await alice.clickCall();
        await alice.sees("ringing-soon");
        assert.equal(await alice.page.$eval("#avatar", (it) => it.textContent), expected);
        await alice.click("#hang-up");
        await alice.sees("ended");
      }
    });
  }
});

async function beginCallee(test, place, prepare = () => {}) {
  const server = await startServer();
  test.after(() => server.stop());
  const bob = await CalleePage.create(place);
  test.after(() => bob.context.close());
  await controlAnswers(bob);
  await bob.page.evaluateOnNewDocument(prepare);
  await bob.open(server.url);
  await bob.enable();
  return { bob };
}

/** Puts a text into an empty field as pasting does, and returns the text that is in the field then.
 */
async function write({ page }, id, text) {
  return page.$eval(`#${id}`, (field, it) => {
    field.value = it;
    field.setSelectionRange(it.length, it.length);
    field.dispatchEvent(new InputEvent("input", { inputType: "insertFromPaste" }));
    return field.value;
  }, text);
}

async function expectRefusal(test, place, ...expected) {
  const { bob } = await beginCallee(test, place);
  const status = () => bob.page.$eval("#link-status", (it) => it.textContent);
  await bob.page.type("#remote-id", "Anna");
  const names = ["callee_name", "remote_id"];
  for (const [index, name] of names.entries()) {
    const body = { code: 400, errno: 107, message: `${name}: at most 64 characters` };
    await setFaults(bob, [{ method: "POST", path: "/call-url", status: 400, body }]);
    await bob.click("[name=make]");
    await waitFor(expected[index], async () => (await status()) === expected[index]);
    assert.equal((await bob.look()).focus, name.replace("_", "-"));
  }
  await bob.check("name-refused");
  const message = "callee_name: must not be empty; remote_id: at most 64 characters";
  await setFaults(bob, [{ method: "POST", path: "/call-url", status: 400, body: { code: 400, errno: 107, message } }]);
  await bob.click("[name=make]");
  await waitFor("both", async () => (await status()) === expected.toReversed().join(" "));
}

async function hasSegmenter({ page }) {
  return page.evaluate(() => Boolean(Intl.Segmenter));
}
