/** What the names of all that this browser remembers begin with. */
const MEMORY = "loop.";
/** Under which name everything was, formerly. */
const FORMER_MEMORY = "loop";
const LINK = "link.";

/** What an entry has to be. Who knows what some former release has left there, or somebody by hand. */
const isSound = {
  /** Whether the visitor wants calls here. */
  wanted: (it) => it === true,
  /** The endpoint of the push subscription that is registered. */
  endpoint: (it) => typeof it === "string",
  /** By which a page that asks for calls is known to the service. */
  polling_id: (it) => /^[\w-]{22}$/.test(it),
  /** The callee's own. */
  name: (it) => typeof it === "string",
  link: (it) =>
    [it?.remote_id, it?.call_url, it?.call_token].every((part) => typeof part === "string") &&
    isMoment(it.expires_at) &&
    Number.isFinite(it.made),
};

/** One that can be written as a date. */
const isMoment = (it) => it > 0 && it < 1e11;

/**
 * What this browser remembers. Several tabs of it may be open: so each thing is an entry of its
 * own, read whenever it is needed, and no tab ever writes what another one has changed. Where
 * nothing can be stored, it is remembered as long as the page is open.
 */
const memory = {
  unstored: new Map(),

  get(name) {
    const value = this.unstored.has(name) ? this.unstored.get(name) : stored(MEMORY + name);
    return isSound[name.split(".")[0]](value) ? value : undefined;
  },

  /** Without a value, it is forgotten. */
  set(name, value) {
    try {
      if (value === undefined) localStorage.removeItem(MEMORY + name);
      else localStorage.setItem(MEMORY + name, JSON.stringify(value));
      this.unstored.delete(name);
    } catch {
      this.unstored.set(name, value);
    }
  },

  /** The links that were made here, the newest first. */
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

  /** Takes over what a former release has remembered. */
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
    // Then there is none.
  }
}

memory.migrate();
