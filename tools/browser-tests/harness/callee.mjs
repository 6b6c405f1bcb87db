// Bob as a program, with the requests of his client; and a device of his that rings.

import { strict as assert } from "node:assert";
import { once } from "node:events";
import { createServer } from "node:http";

import { WebSocket } from "ws";

/** Bob's client, with his session. */
export class Callee {
  #url;
  #cookie;
  #sockets = [];

  /** @param {string} url the URL of the service */
  constructor(url) {
    this.#url = url;
  }

  /** @param {string} url a SimplePush URL */
  async register(url) {
    await this.#send("POST", "/registration", { simple_push_url: url });
  }

  /** @param {object} subscription the result of the browser's `PushSubscription.toJSON()` */
  async registerSubscription(subscription) {
    await this.#send("POST", "/registration", { push_subscription: subscription });
  }

  /** @param {string} url the SimplePush URL that shall ring no more */
  async unregister(url) {
    await this.#send("DELETE", "/registration", { simple_push_url: url });
  }

  /**
   * Makes a link for Alice.
   *
   * @param {number} [seconds] the time for which the link is valid
   * @param {{callee_name?: string, remote_id?: string}} [names] other names than Bob's and Alice's
   * @returns {Promise<{call_url: string, call_token: string, expires_at: number}>}
   */
  async makeLink(seconds = 86_400, names = {}) {
    return this.#send("POST", "/call-url", {
      remote_id: "alice@example.com",
      callee_name: "Bob",
      valid_duration: seconds,
      ...names,
    });
  }

  /** @param {string} token */
  async revoke(token) {
    await this.#send("DELETE", `/call-url/${token}`);
  }

  /** @returns {Promise<object[]>} the calls that ring him */
  async calls() {
    return (await this.#send("GET", "/calls")).calls;
  }

  /** Tells the callers that Bob's device rings, as his client does: on the call channel. */
  async listen() {
    for (const { server_url: url, session_token: token } of await this.calls()) {
      const socket = new WebSocket(url);
      this.#sockets.push(socket);
      socket.on("open", () => socket.send(JSON.stringify({ type: "hello", token })));
    }
  }

  stopListening() {
    for (const socket of this.#sockets) socket.terminate();
  }

  async #send(method, path, body) {
    const headers = { Accept: "application/json" };
    if (this.#cookie) headers.Cookie = this.#cookie;
    if (body) headers["Content-Type"] = "application/json";
    const response = await fetch(this.#url + path, { method, headers, body: JSON.stringify(body) });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
    this.#cookie = response.headers.get("Set-Cookie")?.split(";")[0] ?? this.#cookie;
    return text && JSON.parse(text);
  }
}

/**
 * Starts a device with a SimplePush URL.
 *
 * @param {number} [status] the status with which its push service responds to every ping
 * @returns {Promise<{url: string, rings: () => number, stop: () => void}>}
 */
export async function startDevice(status = 200) {
  let rings = 0;
  const server = createServer((_request, response) => {
    rings += 1;
    response.writeHead(status).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://localhost:${server.address().port}/bob`;
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url, rings: () => rings, stop };
}
