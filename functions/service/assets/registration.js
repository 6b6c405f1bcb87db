/** How often a page without push says that it is still open. Its registration lives for twice as long. */
const RENEWAL_INTERVAL = seconds(60);
/** After the first failure it is tried again soon, and then ever more seldom. */
const FIRST_RETRY = seconds(2);
/** How often a page asks for calls that nobody tells it about: when it can be seen, and else. */
const POLL_INTERVALS = { visible: seconds(3), hidden: seconds(5) };

/**
 * Registers this browser, and keeps it registered until it is ended: by push; or, as long as that
 * is not to be had, as a page that asks for its calls while it is open. Only a decision makes it
 * give up push. Any other failure is tried again, and what was registered before still counts.
 *
 * `check` asks for calls, and `show` is told how this browser gets them: "push", "polling", or
 * "offline" when it gets none; and why.
 */
class Registration {
  constructor({ check, show }) {
    Object.assign(this, { check, show });
    /** Whether this browser gets calls already, as far as anybody knows. */
    this.isOn = Boolean(memory.get("wanted"));
    this.controller = new AbortController();
    this.signal = this.controller.signal;
    this.failures = 0;
    // While it is registered anew, calls may come.
    if (this.isOn && !memory.get("endpoint")) this.poll().catch(reportUnexpected);
  }

  /** Nothing of it has any say from now on. */
  end() {
    this.controller.abort();
  }

  /** Comes back once this browser is registered, or with a Problem. It goes on in either case. */
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
      // That the session has ended is to be noticed before another one begins.
      if (this.isOn && !this.isChecked) await within(this.signal, this.check());
      this.isChecked = true;
      await exclusively(this.signal, () => this.register());
    } catch (problem) {
      await this.failed(problem);
    }
  }

  /** What lives at the service still counts. Whoever has got no calls yet is asked to click again. */
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

  /** Tries again when the service says so. Never where it will not have this page. */
  wait({ state, wait = 0 }) {
    this.delay = Math.max(this.delay, Math.min(seconds(wait), RENEWAL_INTERVAL));
    if (state === WRONG_ADDRESS) this.delay = undefined;
  }

  /** In one tab after the other. */
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

  /** It may have taken some attempts, of which the first ones were complained about. */
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

  /** Attempts that come soon after each other renew it once. */
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

  /** Asks for calls, for those that nobody tells of calls. */
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
    // What could not be renewed meanwhile may have ended.
    this.wake?.();
  }

  missed(problem) {
    if (!(problem instanceof Problem)) return reportUnexpected(problem);
    if (this.signal.aborted) return;
    this.isAway = true;
    this.offline(problem);
  }
}

/** Does one thing after the other, as far as tabs can agree on that. */
function exclusively(signal, action) {
  const { locks } = navigator;
  return locks ? locks.request(MEMORY, { signal }, action) : action();
}

/** Whether so long has not passed since a moment. A clock that is set back has not told how long it was. */
function isWithin(milliseconds, moment) {
  return Math.abs(Date.now() - moment) < milliseconds;
}

/** 16 random bytes as base64url: 22 characters. */
function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const base64 = btoa(String.fromCharCode(...bytes));
  return base64.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
