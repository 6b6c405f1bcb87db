/** The part of the page that makes links, and lists those that were made in this browser. */
const links = {
  start() {
    const form = element("make-link");
    form.onsubmit = (event) => {
      event.preventDefault();
      this.make(form.elements);
    };
    limitNames(element("remote-id"));
    limitNames(element("callee-name"));
    this.show();
  },

  async make({ remote_id, callee_name, valid_duration, make }) {
    const body = { remote_id: remote_id.value, valid_duration: Number(valid_duration.value) };
    if (callee_name.value.trim()) body.callee_name = callee_name.value;
    make.disabled = true;
    await this.tell(async () => {
      const answer = await ask("POST", "/call-url", body);
      if (answer.errno === ERRNO.invalidParameters) {
        return this.invalid(answer.content, [remote_id, callee_name]);
      }
      this.remember(body, this.granted(answer));
      remote_id.value = "";
      return fill(texts.made, body);
    });
    make.disabled = false;
  },

  remember({ remote_id, callee_name }, { call_url, call_token, expires_at }) {
    memory.set("name", callee_name);
    memory.addLink({ remote_id, call_url, call_token, expires_at, made: Date.now() });
    this.show();
    element("links").querySelector("button").focus();
  },

  /** Returns the text that names the fields that the service has refused, by their labels. */
  invalid({ message }, fields) {
    const invalid = fields.filter(({ name }) => message.includes(`${name}: `));
    if (invalid.length === 0) return texts.failed;
    invalid[0].focus();
    const named = ({ labels: [label] }) => ({ field: label.textContent, most: NAME_MAX });
    return invalid.map((field) => fill(texts.invalid, named(field))).join(" ");
  },

  async revoke(link) {
    if (!confirm(fill(texts.revoke_question, link))) return;
    await this.tell(async () => {
      const answer = await ask("DELETE", `/call-url/${link.call_token}`);
      // A link that does not exist any more need not be revoked.
      const isGone = [ERRNO.invalidToken, ERRNO.gone].includes(answer.errno);
      if (!isGone) this.granted(answer);
      memory.forgetLink(link);
      this.show();
      element("links-heading").focus();
      return fill(texts.revoked, link);
    });
  },

  granted(answer) {
    switch (answer.errno) {
      case ERRNO.unauthorized:
        sessionGone();
        throw new Problem("session-gone", texts.session_gone);
      case ERRNO.tooMany:
        throw new Problem("too-many", this.limit(answer));
      default:
        return granted(answer);
    }
  },

  /**
   * Returns the text of a limit. Its moment is in the time of this device, by which its owner
   * lives.
   */
  limit({ wait = 60 }) {
    return fill(texts.limit, { moment: localTime(Date.now() / 1000 + wait) });
  },

  async copy({ call_url }) {
    await this.tell(async () => {
      try {
        await navigator.clipboard.writeText(call_url);
        return texts.copied;
      } catch {
        return texts.not_copied;
      }
    });
  },

  forgetAll() {
    memory.links().forEach((link) => memory.forgetLink(link));
    this.show();
  },

  /** Forgets the links that have expired by the service's clock. */
  forgetExpired() {
    const expired = memory.links().filter(({ expires_at }) => expires_at <= clock.now());
    expired.forEach((link) => memory.forgetLink(link));
    if (expired.length > 0) this.show();
  },

  /** Shows what is remembered now, also if another tab has changed it. */
  show() {
    this.showName();
    const known = memory.links();
    const shown = JSON.stringify(known);
    if (shown === this.shown) return;
    this.shown = shown;
    const refocus = this.focus();
    element("links").replaceChildren(...known.map((link) => this.item(link)));
    element("no-links").hidden = known.length > 0;
    refocus();
  },

  /** Shows the remembered name, without disturbing a visitor who is writing another one. */
  showName() {
    const name = memory.get("name") ?? "";
    const field = element("callee-name");
    if (name !== this.name && document.activeElement !== field) field.value = name;
    this.name = name;
  },

  /** Returns a function that puts the focus back to its present place, if that is in the list. */
  focus() {
    const { activeElement } = document;
    const item = activeElement.closest("#links li");
    const [kind] = activeElement.classList;
    return () => {
      if (!item) return;
      const items = [...element("links").children];
      const same = items.find(({ dataset }) => dataset.token === item.dataset.token);
      (same?.querySelector(`.${kind}`) ?? element("links-heading")).focus();
    };
  },

  item(link) {
    const item = element("link-template").content.cloneNode(true);
    const part = (name) => item.querySelector(`.${name}`);
    item.firstElementChild.dataset.token = link.call_token;
    part("for").textContent = link.remote_id;
    part("until").textContent = fill(texts.until, { moment: localTime(link.expires_at) });
    part("url").value = link.call_url;
    part("url").ariaLabel = fill(texts.link_label, link);
    part("url").onfocus = ({ target }) => target.select();
    this.button(part("copy"), texts.copy, texts.copy_label, link, () => this.copy(link));
    this.button(part("revoke"), texts.revoke, texts.revoke_label, link, () => this.revoke(link));
    return item;
  },

  button(button, text, label, link, onClick) {
    button.textContent = text;
    button.setAttribute("aria-label", fill(label, link));
    button.onclick = onClick;
  },

  /** Runs an action and shows its result. */
  async tell(action) {
    element("link-status").textContent = "";
    try {
      element("link-status").textContent = await action();
    } catch (problem) {
      reportUnexpected(problem);
      const isExpected = problem instanceof Problem;
      element("link-status").textContent = isExpected ? problem.message : texts.failed;
    }
  },
};
