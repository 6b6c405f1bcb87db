// The TURN server coturn on loopback, as an operator of Loop would run it.

import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { waitFor } from "./wait.mjs";

const EXECUTABLE = process.env.LOOP_TURNSERVER ?? "turnserver";

/**
 * Starts coturn on a free port.
 *
 * @param {string} secret the secret that it shares with the service
 * @returns {Promise<{url: string, stop: () => Promise<void>}>}
 */
export async function startTurnServer(secret) {
  const port = await freePort();
  // The database of users is not used, but coturn needs a place for it.
  const directory = await mkdtemp(path.join(tmpdir(), "loop-turn-"));
  const flags = [
    ...["-n", "--no-cli", "--no-tls", "--no-dtls", "--allow-loopback-peers"],
    ...["--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", `--listening-port=${port}`],
    ...["--use-auth-secret", `--static-auth-secret=${secret}`, "--realm=loop"],
    ...[`--userdb=${path.join(directory, "users")}`, `--pidfile=${path.join(directory, "pid")}`],
    ...["--log-file=stdout", "--simple-log", "--verbose"],
  ];
  const child = spawn(EXECUTABLE, flags, { cwd: directory });
  let log = "";
  let fault;
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (log += data));
  child.on("error", (error) => (fault = error));
  await waitFor("coturn", () => {
    if (fault) throw fault;
    if (child.exitCode !== null) throw new Error(`coturn ended: ${log}`);
    return isListening(port);
  });
  const stop = async () => {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
    await rm(directory, { recursive: true });
  };
  return { url: `turn:127.0.0.1:${port}?transport=udp`, stop };
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Returns whether the server responds to a STUN binding request, which needs no credentials. */
async function isListening(port) {
  const socket = createSocket("udp4");
  const request = Buffer.from(`000100002112a442${"00".repeat(12)}`, "hex");
  socket.send(request, port, "127.0.0.1");
  const answered = await Promise.race([
    once(socket, "message").then(() => true, () => false),
    new Promise((resolve) => setTimeout(resolve, 200)),
  ]);
  socket.close();
  return answered;
}
