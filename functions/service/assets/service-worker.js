/** The longest time for which the worker listens, in milliseconds: longer than a call rings. */
const PATIENCE = 45_000;
/** The channels on which this worker listens, by the id of the call. */
const listening = new Map();

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("push", (event) => event.waitUntil(woken()));
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(openPage());
});

/** Fetches the calls after a push message, which only says that there may be some. */
async function woken() {
  const calls = await ringingCalls();
  for (const page of await pages()) page.postMessage("calls");
  if (calls.length === 0) await notify(texts.unknown, texts.open, "unknown");
  await Promise.all(calls.map(ring));
}

async function ringingCalls() {
  try {
    const response = await fetch("/calls", { headers: { Accept: "application/json" } });
    return response.ok ? (await response.json()).calls : [];
  } catch {
    return [];
  }
}

/** Shows that a call has come, tells the caller that it rings, and stays until it is over. */
async function ring(call) {
  const { call_id, remote_id, provider } = call;
  if (listening.has(call_id)) return;
  listening.set(call_id, call);
  try {
    await notify(fill(texts.incoming, { name: remote_id }), texts.answer, call_id, {
      requireInteraction: true,
    });
    if (provider === "direct") await ended(call);
  } finally {
    listening.delete(call_id);
  }
}

async function ended(call) {
  const reason = await reasonOfEnd(call);
  if (reason === "timeout" || reason === "cancel") {
    const title = fill(texts.missed, { name: call.remote_id });
    await notify(title, texts.open, call.call_id, { silent: true });
  } else if (reason) {
    const shown = await self.registration.getNotifications({ tag: call.call_id });
    for (const notification of shown) notification.close();
  }
}

/**
 * Listens on the call channel (docs/call-channel.md), and returns why the call ended, or undefined
 * if the channel breaks off.
 */
function reasonOfEnd({ server_url, session_token }) {
  return new Promise((resolve) => {
    const socket = new WebSocket(server_url);
    const rest = setTimeout(() => socket.close(), PATIENCE);
    socket.onopen = () => socket.send(JSON.stringify({ type: "hello", token: session_token }));
    socket.onmessage = ({ data }) => {
      const { state, reason } = JSON.parse(data);
      if (state === "terminated") resolve(reason);
    };
    socket.onclose = () => {
      clearTimeout(rest);
      resolve();
    };
  });
}

function notify(title, body, tag, options) {
  return self.registration.showNotification(title, { body, tag, lang: texts.lang, ...options });
}

/** Returns the open pages on which a call can be answered. */
async function pages() {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  return windows.filter(({ url }) => new URL(url).pathname === "/");
}

async function openPage() {
  for (const page of await pages()) {
    const focused = await page.focus().catch(() => undefined);
    if (focused) return focused.postMessage("calls");
  }
  await self.clients.openWindow("/");
}
