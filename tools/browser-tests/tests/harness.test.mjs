// Tests of the harness: each fault that its checks look for is made, and has to be found.

import { strict as assert } from "node:assert";
import { it } from "node:test";

import { expectAccessible } from "../harness/axe.mjs";
import { begin, inEveryBrowser } from "../harness/story.mjs";
import { waitFor } from "../harness/wait.mjs";

inEveryBrowser("the harness", (place) => {
  it("notices what the page's policy blocks", async (test) => {
    const { alice, link } = await begin(test, place);
    await alice.open(link);
    await alice.page.evaluate(() => {
      const element = document.createElement("style");
      element.textContent = "body { color: red }";
      document.head.append(element);
    });
    await waitFor("the violation", async () =>
      (await alice.complaints()).some((complaint) => complaint.startsWith("policy: style-src")),
    );
  });

  it("notices errors of scripts, and what is written to the console", async (test) => {
    const { alice, link } = await begin(test, place);
    await alice.open(link);
    await alice.page.evaluate(() => {
      console.warn("careful");
      setTimeout(() => {
        throw new Error("broken");
      });
    });
    await waitFor("both complaints", async () => {
      const complaints = (await alice.complaints()).join("\n");
      return complaints.includes("console.warn: careful") && complaints.includes("broken");
    });
  });

  it("notices what is not accessible", async (test) => {
    const { alice, link } = await begin(test, place);
    await alice.open(link);
    await alice.page.evaluate(() => document.documentElement.removeAttribute("lang"));
    const namesRule = ({ actual }) => actual[0].rule.startsWith("html-has-lang");
    await assert.rejects(expectAccessible(alice.page), namesRule);
  });
});
