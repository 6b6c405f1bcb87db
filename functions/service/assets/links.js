/** Making links, and those that were made in this browser. */
const links = {
  start() {
    element("make-link").onsubmit = (event) => {
      event.preventDefault();
      this.make(event.target.elements);
    };
    element("callee-name").value = memory.name ?? "";
    this.forget(({ expires_at }) => expires_at <= Date.now() / 1000);
  },

  async make({ remote_id, callee_name, valid_duration, make }) {
    const body = { remote_id: remote_id.value, valid_duration: Number(valid_duration.value) };
    if (callee_name.value.trim()) body.callee_name = callee_name.value;
    make.disabled = true;
    await this.tell(async () => {
      const response = await ask("POST", "/call-url", body);
      if (!response.ok) return this.refusal(response);
      this.remember(body, await response.json());
      remote_id.value = "";
      return fill(texts.made, body);
    });
    make.disabled = false;
  },

  remember({ remote_id, callee_name }, { call_url, call_token, expires_at }) {
    const link = { remote_id, call_url, call_token, expires_at };
    remember({ name: callee_name, links: [link, ...memory.links] });
    this.show();
    element("links").querySelector("button").focus();
  },

  async revoke(link) {
    if (!confirm(fill(texts.revoke_question, link))) return;
    await this.tell(async () => {
      const response = await ask("DELETE", `/call-url/${link.call_token}`);
      // What is not there any more need not be revoked.
      if (!response.ok && response.status !== 404) return this.refusal(response);
      this.forget(({ call_token }) => call_token === link.call_token);
      element("links-heading").focus();
      return fill(texts.revoked, link);
    });
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

  forget(isToForget) {
    remember({ links: memory.links.filter((link) => !isToForget(link)) });
    this.show();
  },

  show() {
    element("links").replaceChildren(...memory.links.map((link) => this.item(link)));
    element("no-links").hidden = memory.links.length > 0;
  },

  item(link) {
    const item = element("link-template").content.cloneNode(true);
    const part = (name) => item.querySelector(`.${name}`);
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

  async refusal(response) {
    if (response.status === 400) return fill(texts.invalid, await response.json());
    return texts.failed;
  },

  /** Does something and says how it went. */
  async tell(action) {
    element("link-status").textContent = "";
    element("link-status").textContent = await action().catch(() => texts.unreachable);
  },
};
