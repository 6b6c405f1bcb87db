// Waiting for what will happen, and never for time to pass.

import { setTimeout as pause } from "node:timers/promises";

/** Far longer than anything takes here: on a busy machine a slow test is better than a false one. */
export const DEADLINE_MILLISECONDS = 15_000;

/** Often enough to cost no time, seldom enough to leave the browser its processor. */
const LOOK_AGAIN_MILLISECONDS = 20;

/**
 * Waits until `condition` gives something true, and returns it. It runs in node, so that no
 * Content Security Policy stands in its way.
 *
 * @template T
 * @param {string} what what is waited for, as it is to stand in the error
 * @param {() => T | Promise<T>} condition
 * @param {number} [milliseconds] the deadline
 * @returns {Promise<T>}
 */
export async function waitFor(what, condition, milliseconds = DEADLINE_MILLISECONDS) {
  const end = Date.now() + milliseconds;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`waited ${milliseconds} ms in vain for: ${what}`);
    await pause(LOOK_AGAIN_MILLISECONDS);
  }
}
