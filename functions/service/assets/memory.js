/** The prefix of the names of all entries that this browser remembers. */
const MEMORY = "loop.";
/** The name of the single entry of former releases. */
const FORMER_MEMORY = "loop";
const LINK = "link.";

/**
 * The checks of entries: a former release, or the visitor by hand, may have left other values.
 */
const isSound = {
  /** True if the visitor wants calls here. */
  wanted: (it) => it === true,
  /** The endpoint of the push subscription that is registered. */
  endpoint: (it) => typeof it === "string",
  /** The id by which the service knows a page that polls. */
  polling_id: (it) => /^[\w-]{22}$/.test(it),
  /** The callee's own name. */
  name: (it) => typeof it === "string",
  link: (it) =>
    [it?.remote_id, it?.call_url, it?.call_token].every((part) => typeof part === "string") &&
    isMoment(it.expires_at) &&
    Number.isFinite(it.made),
};

/** Returns whether a moment can be written as a date. */
const isMoment = (it) => it > 0 && it < 1e11;

/**
 * The memory of this browser. Several tabs of it may be open, so each value is an entry of its own
 * that is read whenever it is needed, and no tab ever writes what another one has changed. If
 * nothing can be stored, values are remembered as long as the page is open.
 */
const memory = {
  unstored: new Map(),

  get(name) {
    const value = this.unstored.has(name) ? this.unstored.get(name) : stored(MEMORY + name);
    return isSound[name.split(".")[0]](value) ? value : undefined;
  },

  /** Remembers a value. Without a value, the entry is forgotten. */
  set(name, value) {
    try {
      if (value === undefined) localStorage.removeItem(MEMORY + name);
      else localStorage.setItem(MEMORY + name, JSON.stringify(value));
      this.unstored.delete(name);
    } catch {
      this.unstored.set(name, value);
    }
  },

  /** Returns the links that were made here, the newest first. */
  links() {
    const names = new Set([...storedNames(), ...this.unstored.keys()]);
    const links = [...names].filter((name) => name.startsWith(LINK)).map((name) => this.get(name));
    return links.filter(Boolean).sort((one, other) => other.made - one.made);
  },

  addLink(link) {
    this.set(LINK + link.call_token, link);
  },

  forgetLink({ call_token }) {
    this.set(LINK + call_token);
  },

  /** Takes over the entry of a former release. */
  migrate() {
    const { reach, polling_id, name, links } = stored(FORMER_MEMORY) ?? {};
    if (reach) this.set("wanted", true);
    if (polling_id) this.set("polling_id", polling_id);
    if (name) this.set("name", name);
    if (Array.isArray(links)) links.forEach((link, index) => this.addLink({ ...link, made: -index }));
    forgetFormer();
  },
};

function stored(name) {
  try {
    return JSON.parse(localStorage.getItem(name));
  } catch {
    return undefined;
  }
}

function storedNames() {
  try {
    const names = Object.keys(localStorage);
    return names.filter((name) => name.startsWith(MEMORY)).map((name) => name.slice(MEMORY.length));
  } catch {
    return [];
  }
}

function forgetFormer() {
  try {
    localStorage.removeItem(FORMER_MEMORY);
  } catch {
    // Without storage, there is no former entry.
  }
}

memory.migrate();
