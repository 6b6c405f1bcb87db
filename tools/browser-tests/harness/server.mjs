// The whole service on localhost: the binary of `tools/local`, one process for each test that needs
// one. It keeps nothing, so every test begins with an empty table and new keys.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

import { DEADLINE_MILLISECONDS, waitFor } from "./wait.mjs";

/** The path of the binary, set by `run`, which has built it. */
const BINARY = process.env.LOOP_LOCAL_SERVER;

/**
 * A running service.
 *
 * @typedef {object} Server
 * @property {string} url such as `http://localhost:3000`
 * @property {() => string} log returns the output so far
 * @property {() => void} freeze makes the service accept connections and never respond
 * @property {() => Promise<void>} stop ends the service; a second call has no effect
 */

/**
 * Starts the service on any free port.
 *
 * @param {Record<string, string>} [settings] such as `{ LOOP_RING_SECONDS: "2" }`
 * @returns {Promise<Server>}
 */
export async function startServer(settings = {}) {
  if (!BINARY) throw new Error("LOOP_LOCAL_SERVER is not set: start the tests with ./run");
  // The service gets none of the developer's own settings.
  const child = spawn(BINARY, ["--port", "0"], { env: { ...settings } });
  const lines = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => lines.push(line));
  }
  let fault;
  child.on("error", (error) => (fault = error));
  const url = await waitFor("the address of the local server", () => {
    if (fault) throw fault;
    if (child.exitCode !== null) throw new Error(`the local server ended: ${lines.join("\n")}`);
    return lines.map((line) => line.match(/^Loop is ready: (\S+)$/)?.[1]).find(Boolean);
  });
  return {
    url,
    log: () => lines.join("\n"),
    freeze: () => void child.kill("SIGSTOP"),
    stop: () => stop(child),
  };
}

/** @param {import("node:child_process").ChildProcess} child */
async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGCONT");
  child.kill("SIGINT");
  // The service lets running requests finish, but one that a browser holds must not block the stop.
  const impatience = setTimeout(() => child.kill("SIGKILL"), DEADLINE_MILLISECONDS);
  await ended;
  clearTimeout(impatience);
}
