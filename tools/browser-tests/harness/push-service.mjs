// A push service for Firefox, modelled on Mozilla's autopush: the browser's side is a WebSocket,
// the senders' side is HTTP (RFC 8030, RFC 8292). It refuses the requests that Mozilla's was seen
// to refuse. Messages have no payload, as ours have none.

import { createPublicKey, randomUUID, verify } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";

import { WebSocketServer } from "ws";

/**
 * A message that a sender has tried to send.
 *
 * @typedef {object} Attempt
 * @property {number} status the status of the response
 * @property {import("node:http").IncomingHttpHeaders} headers such as `ttl`, `urgency`, `topic`
 * @property {{aud: string, exp: number, sub: string} | undefined} vapid the claims, if they hold
 */

/**
 * Starts the push service. `url` is for Firefox's settings.
 *
 * @returns {Promise<{url: string, attempts: Attempt[], acknowledged: string[], stop: () => void}>}
 */
export async function startPushService() {
  const attempts = [];
  const acknowledged = [];
  /** @type {Map<string, {key?: string, socket: import("ws").WebSocket, isGone?: boolean}>} */
  const channels = new Map();

  const http = createServer((request, response) => {
    const channel = channels.get(request.url.split("/").at(-1));
    const vapid = claimsOf(request.headers.authorization, channel?.key, origin);
    const status = statusFor(request, channel, vapid);
    attempts.push({ status, headers: request.headers, vapid });
    response.writeHead(status, { Location: `${origin}/message/${attempts.length}` }).end();
    if (status !== 201) return;
    const channelID = request.url.split("/").at(-1);
    const version = randomUUID();
    send(channel.socket, { messageType: "notification", channelID, version });
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const origin = `http://localhost:${http.address().port}`;

  /** The responses to the browser's messages:
   * <https://mozilla-push-service.readthedocs.io/en/latest/design/>. */
  const answers = {
    hello: (_socket, { uaid }) => ({ uaid: uaid || randomUUID().replaceAll("-", ""), use_webpush: true }),
    register: (socket, { channelID, key }) => {
      channels.set(channelID, { key, socket });
      return { channelID, pushEndpoint: `${origin}/push/${channelID}` };
    },
    unregister: (_socket, { channelID }) => {
      channels.set(channelID, { ...channels.get(channelID), isGone: true });
      return { channelID };
    },
    ack: (_socket, { updates }) => {
      acknowledged.push(...updates.map((update) => update.version));
    },
  };

  const sockets = new WebSocketServer({ server: http });
  sockets.on("connection", (socket) => {
    socket.on("message", (data) => {
      const message = JSON.parse(data);
      const { messageType } = message;
      // A ping is an empty object, and so is the response to it.
      if (!messageType) return send(socket, {});
      const answer = answers[messageType]?.(socket, message);
      if (answer) send(socket, { messageType, status: 200, ...answer });
    });
  });

  const stop = () => {
    for (const socket of sockets.clients) socket.terminate();
    http.close();
    http.closeAllConnections();
  };
  return { url: `ws://127.0.0.1:${http.address().port}/`, attempts, acknowledged, stop };
}

/** Returns the status that any receiver of messages responds with; the order of the checks is
 * autopush's. */
function statusFor(request, channel, vapid) {
  if (request.method !== "POST") return 405;
  if (!channel) return 404;
  if (channel.isGone) return 410;
  if (!/^\d+$/.test(request.headers.ttl ?? "")) return 400;
  if (channel.key && !vapid) return 401;
  return 201;
}

/**
 * Returns the claims of `Authorization: vapid t=…, k=…`, or `undefined` when something is wrong.
 *
 * @param {string | undefined} header
 * @param {string | undefined} key the key of the subscription
 * @param {string} origin the origin of this push service, as the sender has to name it: with its port
 */
function claimsOf(header, key, origin) {
  const [, token, senderKey] = header?.match(/^vapid t=([\w.-]+), ?k=([\w-]+)$/) ?? [];
  if (!token || senderKey !== key?.replace(/=+$/, "")) return undefined;
  const [head, body, signature] = token.split(".");
  // The key is an uncompressed point: one byte that says so, then the two coordinates.
  const point = Buffer.from(senderKey, "base64url");
  const coordinate = (start) => point.subarray(start, start + 32).toString("base64url");
  const jwk = { kty: "EC", crv: "P-256", x: coordinate(1), y: coordinate(33) };
  const publicKey = { key: createPublicKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" };
  const signed = Buffer.from(`${head}.${body}`);
  if (!verify("sha256", signed, publicKey, Buffer.from(signature, "base64url"))) return undefined;
  const claims = JSON.parse(Buffer.from(body, "base64url"));
  const now = Date.now() / 1000;
  const isCurrent = claims.exp > now && claims.exp <= now + 24 * 60 * 60;
  return isCurrent && claims.aud === origin ? claims : undefined;
}

/** @param {import("ws").WebSocket} socket */
function send(socket, message) {
  socket.send(JSON.stringify(message));
}
