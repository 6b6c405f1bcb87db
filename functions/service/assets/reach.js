/** How long to wait for an answer to the browser's question before going on without. */
const UNDECIDED = seconds(5);

/** Whether calls get to this browser, as its visitor wants it, in all of its tabs. */
const reach = {
  /** Called when there may be calls. */
  check: async () => {},

  /** Asks for permission, which needs a click, and registers this browser. */
  async enable() {
    const registration = this.renew();
    if (pushIsPossible()) await this.askForPermission(registration);
    await registration.begin();
  },

  /** Some browsers leave the question open until it is looked at. */
  async askForPermission(registration) {
    const answered = Notification.requestPermission().catch(() => {});
    answered.then(() => registration.wake?.());
    await Promise.race([answered, pause(UNDECIDED)]);
  },

  /** Registers it again, as it was: everything that can expire or change begins anew. */
  resume() {
    const registration = this.renew();
    this.show(memory.get("endpoint") ? "push" : "polling", texts.enabling);
    registration.begin().catch(reportUnexpected);
  },

  /** Forgets this browser; a polling one is forgotten by the service when it no longer asks. */
  async disable() {
    this.end();
    memory.set("wanted");
    const { signal } = new AbortController();
    try {
      await exclusively(signal, () => endPush(signal));
    } catch (problem) {
      // It can still be woken.
      memory.set("wanted", true);
      this.resume();
      throw problem;
    }
    if (!this.registration) this.show("off", "");
  },

  /** Does what the visitor has decided in another tab. Says whether it has ended here. */
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
    // What is said again is read out again.
    if (element("reach").textContent !== text) element("reach").textContent = text;
  },
};
