// What a person would have seen. Nothing compares the pictures: they are for people.

import { mkdir } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** Git ignores it. */
const DIRECTORY = fileURLToPath(new URL("../screenshots/", import.meta.url));

/**
 * Keeps a picture of the page as `screenshots/<browser>/<state>.png`.
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
