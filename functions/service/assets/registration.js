/**
 * The interval in which a page without push registers again. Its registration lives for a little
 * more than twice as long.
 */
const RENEWAL_INTERVAL = seconds(60);
/** The pause after the first failure. It doubles with each further one, up to RENEWAL_INTERVAL. */
const FIRST_RETRY = seconds(2);
/**
 * The intervals in which a page without push fetches calls, if it is visible and if it is hidden.
 */
const POLL_INTERVALS = { visible: seconds(3), hidden: seconds(5) };

/**
 * The registration of this browser, which is kept up until it is ended: by push; or, as long as
 * push is not available, by a page that polls while it is open. Only a decision makes it give up
 * push. Any other failure is tried again, and an earlier registration still counts.
 *
 * `check` fetches calls, and `show` is told how this browser gets them ("push", "polling", or
 * "offline" when it gets none), and why.
 */
class Registration {
  constructor({ check, show }) {
    Object.assign(this, { check, show });
    /** True if this browser gets calls already, as far as the page can know. */
    this.isOn = Boolean(memory.get("wanted"));
    this.controller = new AbortController();
    this.signal = this.controller.signal;
    this.failures = 0;
    // Calls may come while the browser is registered anew.
    if (this.isOn && !memory.get("endpoint")) this.poll().catch(reportUnexpected);
  }

  /** Ends the registration: nothing of it has any effect from now on. */
  end() {
    this.controller.abort();
  }

  /**
   * Resolves once this browser is registered, or fails with a Problem. It is kept up in either
   * case.
   */
  async begin() {
    try {
      await this.attempt();
    } finally {
      this.keep().catch(reportUnexpected);
    }
  }

  async keep() {
    while (this.delay && !this.signal.aborted) {
      await Promise.race([pause(this.delay), new Promise((resolve) => (this.wake = resolve))]);
      await this.attempt().catch(reportUnexpected);
    }
  }

  async attempt() {
    this.delay = Math.min(FIRST_RETRY * 2 ** this.failures++, RENEWAL_INTERVAL);
    try {
      // The end of the session must be noticed before another one begins.
      if (this.isOn && !this.isChecked) await within(this.signal, this.check());
      this.isChecked = true;
      await exclusively(this.signal, () => this.register());
    } catch (problem) {
      await this.failed(problem);
    }
  }

  /**
   * Handles a failure. An earlier registration still counts, and a visitor without one is asked to
   * click again.
   */
  async failed(problem) {
    if (this.signal.aborted) throw new Superseded();
    if (!(problem instanceof Problem)) throw problem;
    this.wait(problem);
    if (this.isOn) {
      if (await isRegisteredForPush(this.signal)) {
        return this.settle("push", `${texts.reach_push} ${texts.not_confirmed}`);
      }
      this.offline(problem);
      this.poll().catch(reportUnexpected);
    }
    throw problem;
  }

  /**
   * Waits as long as the service asks for, within bounds. A page at a wrong address is never tried
   * again.
   */
  wait({ state, wait = 0 }) {
    this.delay = Math.max(this.delay, Math.min(seconds(wait), RENEWAL_INTERVAL));
    if (state === WRONG_ADDRESS) this.delay = undefined;
  }

  /** Registers by push, or else by polling. Only one tab does so at a time. */
  async register() {
    // In another tab, the visitor has decided otherwise.
    if (this.isOn && !memory.get("wanted")) this.end();
    if (this.signal.aborted) throw new Superseded();
    try {
      await registerPush(this.signal);
      this.settle("push", texts.reach_push);
      this.delay = undefined;
    } catch (problem) {
      await this.doWithout(problem);
    }
    if (!this.isOn) this.isThere();
  }

  /** Notes that the browser is registered, and replaces the complaints about earlier attempts. */
  isThere() {
    this.isOn = true;
    memory.set("wanted", true);
    say("ready", "");
  }

  async doWithout(problem) {
    const isDecided = problem instanceof NoPush;
    const isExpected = problem instanceof Problem && !this.signal.aborted;
    if (!isExpected || (!isDecided && (await isRegisteredForPush(this.signal)))) throw problem;
    this.wait(problem);
    await this.registerPolling();
    const reason = problem.state === "no-push" ? problem.message : texts.why_failed;
    const more = isDecided ? "" : ` ${texts.trying_again}`;
    this.settle("polling", `${texts.reach_polling} ${reason}${more}`);
    if (isDecided) Object.assign(this, { delay: RENEWAL_INTERVAL, failures: 0 });
    this.poll().catch(reportUnexpected);
  }

  /** Registers a page that polls. Attempts soon after each other register it once. */
  async registerPolling() {
    if (isWithin(RENEWAL_INTERVAL / 2, this.renewed)) return;
    if (!memory.get("polling_id")) memory.set("polling_id", randomId());
    const polling_id = memory.get("polling_id");
    registered(await within(this.signal, ask("POST", "/registration", { polling_id })));
    this.renewed = Date.now();
  }

  settle(mode, text) {
    Object.assign(this, { mode, text, isAway: false });
    this.show(mode, text);
  }

  offline({ state }) {
    this.show("offline", state === "unreachable" ? texts.reach_offline : texts.reach_refused);
  }

  /** Polls for calls, if no push tells of them. */
  async poll() {
    if (this.isPolling) return;
    this.isPolling = true;
    while (this.mode !== "push" && !this.signal.aborted) {
      await pause(POLL_INTERVALS[document.visibilityState]);
      if (this.signal.aborted) return;
      await this.check().then(() => this.online(), (problem) => this.missed(problem));
    }
    this.isPolling = false;
  }

  online() {
    if (!this.isAway || this.signal.aborted) return;
    this.isAway = false;
    if (this.mode) this.show(this.mode, this.text);
    // A registration that could not be renewed meanwhile may have ended.
    this.wake?.();
  }

  missed(problem) {
    if (!(problem instanceof Problem)) return reportUnexpected(problem);
    if (this.signal.aborted) return;
    this.isAway = true;
    this.offline(problem);
  }
}

/** Runs actions one after the other, also those of other tabs if the browser has locks. */
function exclusively(signal, action) {
  const { locks } = navigator;
  return locks ? locks.request(MEMORY, { signal }, action) : action();
}

/**
 * Returns whether less than this time has passed since a moment. If the clock was set back by more,
 * that is unknown, and it returns false.
 */
function isWithin(milliseconds, moment) {
  return Math.abs(Date.now() - moment) < milliseconds;
}

/** Returns 16 random bytes as base64url: 22 characters. */
function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const base64 = btoa(String.fromCharCode(...bytes));
  return base64.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
