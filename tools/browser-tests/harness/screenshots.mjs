// Screenshots for people to look at. No test compares them.

import { mkdir } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The directory of the screenshots, which Git ignores. */
const DIRECTORY = fileURLToPath(new URL("../screenshots/", import.meta.url));

/**
 * Saves a screenshot of the page as `screenshots/<browser>/<state>.png`.
 *
 * @param {import("puppeteer-core").Page} page
 * @param {string} browserName
 * @param {string} state such as `caller-ringing`
 */
export async function takeScreenshot(page, browserName, state) {
  const directory = path.join(DIRECTORY, browserName);
  await mkdir(directory, { recursive: true });
  await page.screenshot({ path: path.join(directory, `${state}.png`) });
}
