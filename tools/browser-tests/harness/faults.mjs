// Unexpected responses and results for a page: from the service, from the gateway in front of it,
// from the browser. Each of them is set before the page's first script runs.

/**
 * A fault that some requests meet instead of their normal response.
 *
 * @typedef {object} Fault
 * @property {string} method
 * @property {string} path the beginning of the path
 * @property {number} [times] the number of requests; all, if it is not given
 * @property {number} [status] the status of the response
 * @property {unknown} [body] the body of the response: a text as it is, everything else as JSON
 * @property {Record<string, string>} [headers] the headers of the response
 * @property {string} [kind] "silent": no response before `releaseFaults`
 */

/**
 * Lets requests of a page meet faults, and records all requests of the page. The faults begin anew
 * whenever the page is loaded.
 *
 * @param {import("./page.mjs").LoopPage} loopPage
 * @param {Fault[]} [faults] the first faults
 */
export async function controlAnswers({ page }, faults = []) {
  await page.evaluateOnNewDocument((first) => {
    const { fetch } = globalThis;
    globalThis.faults = first;
    globalThis.asked = [];
    globalThis.released = new Promise((resolve) => (globalThis.releaseFaults = resolve));
    globalThis.fetch = async (path, options = {}) => {
      const method = options.method ?? "GET";
      globalThis.asked.push({ method, path, body: options.body && JSON.parse(options.body) });
      const fault = globalThis.faults.find(
        (it) => it.method === method && path.startsWith(it.path) && it.times !== 0,
      );
      if (!fault) return fetch(path, options);
      if (fault.times) fault.times -= 1;
      if (fault.kind === "silent") {
        await globalThis.released;
        return fetch(path, options);
      }
      const { status, body, headers } = fault;
      return new Response(typeof body === "string" ? body : JSON.stringify(body), { status, headers });
    };
  }, faults);
}

/**
 * Replaces the faults from now on.
 *
 * @param {import("./page.mjs").LoopPage} loopPage
 * @param {Fault[]} faults the new faults
 */
export async function setFaults({ page }, faults) {
  await page.evaluate((it) => void (globalThis.faults = it), faults);
}

/** Lets the requests pass that have been kept silent. */
export async function releaseFaults({ page }) {
  await page.evaluate(() => globalThis.releaseFaults());
}

/**
 * Returns the requests that the page has sent with this method to paths that begin like this.
 *
 * @returns {Promise<{method: string, path: string, body?: object}[]>}
 */
export async function askedBy({ page }, method, path) {
  const asked = await page.evaluate(() => globalThis.asked);
  return asked.filter((it) => it.method === method && it.path.startsWith(path));
}

/**
 * Allows notifications and puts push under the control of the test: `pushOutcome` says how
 * `subscribe()` ends: "works", "null", "malformed", "pending", or the name of an exception. In a
 * browser without a push service, as Chromium here, successful subscriptions are made up.
 *
 * @param {import("./page.mjs").LoopPage} loopPage
 * @param {import("./story.mjs").Place} place
 * @param {string} url the service
 */
export async function controlPush({ page, context }, place, url) {
  if (place.name === "chromium") await context.overridePermissions(url, ["notifications"]);
  await page.evaluateOnNewDocument((isReal) => {
    globalThis.pushOutcome = "works";
    // The empty document before the page has no push, because it is in a process of its own.
    if (!globalThis.PushManager) return;
    const { subscribe, getSubscription } = PushManager.prototype;
    const KEY = "test.subscription";
    const madeUp = () => {
      const endpoint = localStorage.getItem(KEY);
      const unsubscribe = async () => {
        localStorage.removeItem(KEY);
        return true;
      };
      return endpoint && { endpoint, toJSON: () => ({ endpoint, keys: {} }), unsubscribe };
    };
    PushManager.prototype.getSubscription = async function () {
      return isReal ? getSubscription.call(this) : madeUp();
    };
    PushManager.prototype.subscribe = async function (options) {
      switch (globalThis.pushOutcome) {
        case "works":
          if (isReal) return subscribe.call(this, options);
          if (!localStorage.getItem(KEY)) localStorage.setItem(KEY, `http://localhost:9/${Math.random()}`);
          return madeUp();
        case "null":
          return null;
        case "malformed":
          return { toJSON: () => ({}) };
        case "pending":
          return new Promise(() => {});
        default:
          throw new DOMException("as the test wants it", globalThis.pushOutcome);
      }
    };
  }, Boolean(place.pushService));
}

/** Sets how `subscribe()` ends from now on. */
export async function setPushOutcome({ page }, outcome) {
  await page.evaluate((it) => void (globalThis.pushOutcome = it), outcome);
}

/** Returns whether the browser has a push subscription. */
export async function hasSubscription({ page }) {
  return page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration("/");
    return Boolean(await registration?.pushManager.getSubscription());
  });
}

/** Makes the page's clock wrong by this number of seconds, as that of its whole device would be. */
export async function shiftClock({ page }, seconds) {
  await page.evaluateOnNewDocument((shift) => {
    globalThis.Date = class extends Date {
      constructor(...parts) {
        if (parts.length > 0) super(...parts);
        else super(Date.now() + shift);
      }

      static now() {
        return super.now() + shift;
      }
    };
  }, seconds * 1000);
}
