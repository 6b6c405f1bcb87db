/** The longest time for each step on the way to push: some browsers never finish one. */
const STEP_PATIENCE = seconds(10);

/** The state of a page that was opened at another address than that of the service. */
const WRONG_ADDRESS = "wrong-address";

/** The decision that there is no push here, with the reason for the visitor. */
class NoPush extends Problem {
  constructor(text) {
    super("no-push", text);
  }
}

/** The end of a step whose result is not wanted any more, because something else is by now. */
class Superseded extends Problem {}

/** The one URL that this page runs as a script. Only one policy of this name may exist. */
const SERVICE_WORKER = "/service-worker.js";
const serviceWorkerUrl = globalThis.trustedTypes
  ? trustedTypes.createPolicy("loop", { createScriptURL: () => SERVICE_WORKER }).createScriptURL("")
  : SERVICE_WORKER;

/** The endpoint that the service has refused, and would refuse again. */
let refusedEndpoint;

/**
 * Registers this browser to be woken by push. Fails with NoPush if the browser, the visitor or the
 * service has decided against push. Any other Problem may pass.
 */
async function registerPush(signal) {
  if (!pushIsPossible()) throw new NoPush(texts.why_unavailable);
  if (Notification.permission !== "granted") throw new NoPush(texts.why_denied);
  const worker = await orSay(texts.why_failed, within(signal, activeWorker()));
  const subscribed = within(signal, subscribe(worker.pushManager));
  const subscription = await orSay(texts.why_push_service, subscribed);
  const { endpoint } = subscription;
  if (endpoint === refusedEndpoint) throw new NoPush(texts.why_refused);
  const answer = await within(signal, ask("POST", "/registration", { push_subscription: subscription }));
  if (answer.errno === ERRNO.invalidParameters) {
    refusedEndpoint = endpoint;
    throw new NoPush(texts.why_refused);
  }
  registered(answer);
  memory.set("endpoint", endpoint);
}

/**
 * Checks the response to a registration. Only a page at another address than the service's is
 * refused as unauthorized.
 */
function registered(answer) {
  if (answer.errno !== ERRNO.unauthorized || !page.origin) return granted(answer);
  throw new Problem(WRONG_ADDRESS, fill(texts.wrong_address, page));
}

const pushIsPossible = () =>
  Boolean(
    page.vapid_public_key &&
      navigator.serviceWorker &&
      globalThis.PushManager &&
      globalThis.Notification,
  );

async function activeWorker() {
  await navigator.serviceWorker.register(serviceWorkerUrl);
  return navigator.serviceWorker.ready;
}

/** Subscribes to push, and returns the subscription in the form that the service needs. */
async function subscribe(pushManager) {
  const options = { userVisibleOnly: true, applicationServerKey: page.vapid_public_key };
  const subscription = await pushManager.subscribe(options).catch(async (error) => {
    // There is a subscription that was made with a former key of the service.
    if (error?.name !== "InvalidStateError") throw error;
    const former = await pushManager.getSubscription();
    await former?.unsubscribe();
    return pushManager.subscribe(options);
  });
  const json = subscription.toJSON();
  if (typeof json.endpoint !== "string") throw new TypeError("a subscription without an endpoint");
  return json;
}

/**
 * Turns a failure of the browser into a Problem. These names are decisions, and other failures may
 * pass.
 */
async function orSay(text, step) {
  try {
    return await step;
  } catch (error) {
    if (error instanceof Superseded) throw error;
    if (error?.name === "NotAllowedError") throw new NoPush(texts.why_denied);
    if (error?.name === "NotSupportedError") throw new NoPush(texts.why_unavailable);
    throw new Problem("no-push", text);
  }
}

/**
 * Returns whether a push registration lives at the service, which it does for long after it was
 * made.
 */
async function isRegisteredForPush(signal) {
  const subscription = await findSubscription(signal);
  return Boolean(subscription) && subscription.endpoint === memory.get("endpoint");
}

/** Returns the subscription, or undefined if the browser does not respond in time. */
async function findSubscription(signal) {
  try {
    return await within(signal, currentSubscription());
  } catch (error) {
    if (error instanceof Superseded) throw error;
    return undefined;
  }
}

async function currentSubscription() {
  const registration = await navigator.serviceWorker?.getRegistration("/");
  return registration?.pushManager?.getSubscription();
}

/**
 * Ends push here. Without its subscription, or without its registration, this browser can't be
 * woken.
 */
async function endPush(signal) {
  const subscription = await findSubscription(signal);
  if (subscription) {
    const asked = ask("DELETE", "/registration", { push_subscription: subscription.toJSON() });
    // A session that has expired has no registrations.
    const forgotten = asked.then((answer) => answer.errno === ERRNO.unauthorized || granted(answer));
    const steps = [forgotten, subscription.unsubscribe()];
    const ends = await Promise.allSettled(steps.map((step) => within(signal, step)));
    if (ends.every(({ status }) => status === "rejected")) throw ends[0].reason;
  }
  memory.set("endpoint");
}

/** Returns the result of `step`. Fails if it takes too long, or if it is superseded meanwhile. */
function within(signal, step) {
  return new Promise((resolve, reject) => {
    step.then(resolve, reject);
    setTimeout(reject, STEP_PATIENCE, new Problem("unreachable", texts.unreachable));
    signal.addEventListener("abort", () => reject(new Superseded()));
    if (signal.aborted) reject(new Superseded());
  });
}
