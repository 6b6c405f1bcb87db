/** How often this browser says that its page is still open. Its registration lives for twice as long. */
const RENEWAL_INTERVAL = seconds(60);
/** How often a page asks for calls that nobody tells it about: when it can be seen, and else. */
const POLL_INTERVALS = { visible: seconds(3), hidden: seconds(5) };

/** How long to wait for an answer to the browser's question before going on without. */
const UNDECIDED = seconds(5);

/** Why there is no push here; shown to the visitor. */
class NoPush extends Error {}

/** How calls get to this browser: by push, or by asking as long as the page is open. */
const reach = {
  /** Called when there may be calls. Fails when the service can't be asked. */
  check: async () => {},

  /** Asks for permission, which needs a click, and registers this browser. */
  async enable() {
    const asked = pushIsPossible() ? Notification.requestPermission() : "denied";
    const permission = await Promise.race([asked, pause(UNDECIDED)]);
    await this.register(permission);
    if (!permission) this.enableLater(asked).catch(() => {});
  },

  /** Some browsers leave the question open until it is looked at. */
  async enableLater(asked) {
    if ((await asked) === "granted") await this.register("granted");
  },

  /** Registers it again, as it was: everything that can expire or change begins anew. */
  async resume() {
    await this.register(globalThis.Notification?.permission);
  },

  async register(permission) {
    try {
      await registerPush(permission);
      this.polling = undefined;
      this.showMode("push", texts.reach_push);
    } catch (problem) {
      if (!(problem instanceof NoPush)) throw problem;
      await registerPolling();
      this.showMode("polling", `${texts.reach_polling} ${problem.message}`);
      this.poll();
    }
    remember({ reach: this.mode });
  },

  /** Forgets this browser; a polling one is forgotten by the service when it no longer asks. */
  async disable() {
    this.polling = undefined;
    const subscription = await currentSubscription();
    if (subscription) {
      await ask("DELETE", "/registration", { push_subscription: subscription.toJSON() });
      await subscription.unsubscribe();
    }
    remember({ reach: undefined });
    this.showMode("off", "");
  },

  showMode(mode, text) {
    this.mode = mode;
    this.text = text;
    this.show(mode, text);
  },

  show(mode, text) {
    document.body.dataset.reach = mode;
    element("reach").textContent = text;
  },

  async poll() {
    if (this.polling) return;
    const mine = (this.polling = {});
    let renewed = Date.now();
    for (;;) {
      await pause(POLL_INTERVALS[document.visibilityState]);
      if (this.polling !== mine) return;
      try {
        if (Date.now() - renewed >= RENEWAL_INTERVAL) {
          await registerPolling();
          renewed = Date.now();
        }
        await this.check();
        if (this.polling === mine) this.show(this.mode, this.text);
      } catch {
        this.show("offline", texts.reach_offline);
      }
    }
  },
};

const pushIsPossible = () =>
  Boolean(page.vapid_public_key && navigator.serviceWorker && globalThis.PushManager);

async function registerPush(permission) {
  if (!pushIsPossible()) throw new NoPush(texts.why_unavailable);
  if (permission !== "granted") throw new NoPush(texts.why_denied);
  const subscription = await subscribe().catch(() => {
    throw new NoPush(texts.why_unavailable);
  });
  const response = await ask("POST", "/registration", { push_subscription: subscription.toJSON() });
  if (response.ok) return;
  // A push service that this service does not talk to.
  if (response.status === 400) throw new NoPush(texts.why_unavailable);
  throw new Error(`${response.status}`);
}

async function subscribe() {
  const { serviceWorker } = navigator;
  await serviceWorker.register(serviceWorkerUrl());
  const { pushManager } = await serviceWorker.ready;
  const options = { userVisibleOnly: true, applicationServerKey: page.vapid_public_key };
  try {
    return await pushManager.subscribe(options);
  } catch (error) {
    // There is a subscription, made with a key that the service had before.
    const former = await pushManager.getSubscription();
    if (!former) throw error;
    await former.unsubscribe();
    return pushManager.subscribe(options);
  }
}

async function currentSubscription() {
  const registration = await navigator.serviceWorker?.getRegistration("/");
  return registration?.pushManager?.getSubscription();
}

/** The one URL that this page runs as a script, which it may do only by a policy of Trusted Types. */
function serviceWorkerUrl() {
  const url = "/service-worker.js";
  if (!globalThis.trustedTypes) return url;
  return trustedTypes.createPolicy("loop", { createScriptURL: () => url }).createScriptURL("");
}

async function registerPolling() {
  if (!memory.polling_id) remember({ polling_id: randomId() });
  const response = await ask("POST", "/registration", { polling_id: memory.polling_id });
  if (!response.ok) throw new Error(`${response.status}`);
}

/** 16 random bytes as base64url: 22 characters. */
function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const base64 = btoa(String.fromCharCode(...bytes));
  return base64.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
