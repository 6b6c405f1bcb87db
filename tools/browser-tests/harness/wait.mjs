// Waiting for events, and never for time to pass.

import { setTimeout as pause } from "node:timers/promises";

/** The deadline, far longer than anything takes here: on a busy machine a slow test is better than
 * a false failure. */
export const DEADLINE_MILLISECONDS = 15_000;

/** The pause between two looks, which delays tests little and leaves the browser its processor. */
const LOOK_AGAIN_MILLISECONDS = 20;

/**
 * Waits until `condition` returns a true value, and returns it. It runs in node, so that no Content
 * Security Policy can block it.
 *
 * @template T
 * @param {string} what the awaited event, in words for the error
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
