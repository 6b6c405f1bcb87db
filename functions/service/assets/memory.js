/** Under which name this browser remembers things. */
const MEMORY = "loop";

/**
 * What this browser remembers: `reach` ("push" or "polling", once it gets calls), `polling_id`,
 * the callee's `name`, and the `links` that were made here. Where nothing may be stored, it is
 * remembered as long as the page is open.
 */
const memory = { links: [], ...remembered() };

function remembered() {
  try {
    return JSON.parse(localStorage.getItem(MEMORY));
  } catch {
    return {};
  }
}

function remember(changes) {
  Object.assign(memory, changes);
  try {
    localStorage.setItem(MEMORY, JSON.stringify(memory));
  } catch {
    // Then it is forgotten with the page.
  }
}
