// What a page gets that it has not expected: from the service, from what stands in front of it, from
// its browser. Each of them is set before the page's first script runs.

/**
 * How some requests end, instead of being answered.
 *
 * @typedef {object} Fault
 * @property {string} method
 * @property {string} path what the path begins with
 * @property {number} [times] how often; always, if it is not said
 * @property {number} [status] that they are answered with
 * @property {unknown} [body] of that answer: a text as it is, everything else as JSON
 * @property {Record<string, string>} [headers] of that answer
 * @property {string} [kind] "silent": not answered before `releaseFaults`
 */

/**
 * Answers requests of a page with faults, and remembers what it has asked. The faults begin anew
 * whenever the page is loaded.
 *
 * @param {import("./page.mjs").LoopPage} loopPage
 * @param {Fault[]} [faults] those to begin with
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
 * From now on.
 *
 * @param {import("./page.mjs").LoopPage} loopPage
 * @param {Fault[]} faults instead of those before
 */
export async function setFaults({ page }, faults) {
  await page.evaluate((it) => void (globalThis.faults = it), faults);
}

/** Lets those requests pass that have been kept silent. */
export async function releaseFaults({ page }) {
  await page.evaluate(() => globalThis.releaseFaults());
}

/**
 * What the page has asked with this method, at paths that begin like this.
 *
 * @returns {Promise<{method: string, path: string, body?: object}[]>}
 */
export async function askedBy({ page }, method, path) {
  const asked = await page.evaluate(() => globalThis.asked);
  return asked.filter((it) => it.method === method && it.path.startsWith(path));
}

/**
 * Notifications are allowed, and the way to push is up to the test: `pushOutcome` is how
 * `subscribe()` ends: "works", "null", "malformed", "pending", or the name of an exception. Where
 * the browser has no push service, as Chromium here, subscriptions that work are made up.
 *
 * @param {import("./page.mjs").LoopPage} loopPage
 * @param {import("./story.mjs").Place} place
 * @param {string} url the service
 */
export async function controlPush({ page, context }, place, url) {
  if (place.name === "chromium") await context.overridePermissions(url, ["notifications"]);
  await page.evaluateOnNewDocument((isReal) => {
    globalThis.pushOutcome = "works";
    // Before the page there is an empty document, which in a process of its own has no push.
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

/** How `subscribe()` ends from now on. */
export async function setPushOutcome({ page }, outcome) {
  await page.evaluate((it) => void (globalThis.pushOutcome = it), outcome);
}

/** Whether the browser has a push subscription. */
export async function hasSubscription({ page }) {
  return page.evaluate(async () => {
    const registration = await navigator.serviceWorker.getRegistration("/");
    return Boolean(await registration?.pushManager.getSubscription());
  });
}

/** The page's clock is wrong by so many seconds, as that of its whole device would be. */
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
