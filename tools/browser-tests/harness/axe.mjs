// The check of accessibility: axe-core, run inside the page.

import { strict as assert } from "node:assert";

import axe from "axe-core";

/**
 * Fails when axe-core finds a violation in the page as it is now.
 *
 * The driver evaluates the script itself, so the page's Content Security Policy stays as it is.
 *
 * @param {import("puppeteer-core").Page} page
 */
export async function expectAccessible(page) {
  await page.evaluate(axe.source);
  const violations = await page.evaluate(async () => {
    const found = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    return found.violations.map(({ id, help, nodes }) => ({
      rule: `${id}: ${help}`,
      elements: nodes.map((node) => `${node.html} ${node.failureSummary}`),
    }));
  });
  assert.deepEqual(violations, []);
}
