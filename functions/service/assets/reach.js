/**
 * The time to wait for the visitor's answer to the browser's question before going on without it.
 */
const UNDECIDED = seconds(5);

/**
 * The registration of this browser for calls, which follows the visitor's wish in all of its tabs.
 */
const reach = {
  /** Fetches calls, and is called when there may be some. */
  check: async () => {},

  /** Asks for permission, which needs a click, and registers this browser. */
  async enable() {
    const registration = this.renew();
    if (pushIsPossible()) await this.askForPermission(registration);
    await registration.begin();
  },

  /**
   * Asks the visitor for permission. Some browsers leave the question open until it is looked at.
   */
  async askForPermission(registration) {
    const answered = Notification.requestPermission().catch(() => {});
    answered.then(() => registration.wake?.());
    await Promise.race([answered, pause(UNDECIDED)]);
  },

  /** Registers this browser again, as before: everything that can expire or change begins anew. */
  resume() {
    const registration = this.renew();
    this.show(memory.get("endpoint") ? "push" : "polling", texts.enabling);
    registration.begin().catch(reportUnexpected);
  },

  /** Forgets this browser. If it polls, the service forgets it some time after the last request. */
  async disable() {
    this.end();
    memory.set("wanted");
    const { signal } = new AbortController();
    try {
      await exclusively(signal, () => endPush(signal));
    } catch (problem) {
      // The browser can still be woken.
      memory.set("wanted", true);
      this.resume();
      throw problem;
    }
    if (!this.registration) this.show("off", "");
  },

  /**
   * Follows the decision of the visitor in another tab. Returns whether it has ended the
   * registration here.
   */
  follow() {
    const isWanted = memory.get("wanted");
    if (isWanted && !this.registration) this.resume();
    if (isWanted || !this.registration?.isOn) return false;
    this.end();
    this.show("off", "");
    return true;
  },

  renew() {
    this.end();
    const show = (mode, text) => this.show(mode, text);
    this.registration = new Registration({ check: this.check, show });
    return this.registration;
  },

  end() {
    this.registration?.end();
    this.registration = undefined;
  },

  show(mode, text) {
    document.body.dataset.reach = mode;
    // Screen readers would read the same text out again.
    if (element("reach").textContent !== text) element("reach").textContent = text;
  },
};
