/** The data from the server: texts in the visitor's language, and this page's settings. */
const page = JSON.parse(document.getElementById("page-data").textContent);
const { texts } = page;

const { lang } = document.documentElement;

const element = (id) => document.getElementById(id);

/** Puts values into a text: fill("Calling {name}…", { name: "Bob" }). */
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

const seconds = (number) => number * 1000;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Writes a moment, in seconds since 1970, in the visitor's own time and language. */
const localTime = (moment) =>
  new Date(seconds(moment)).toLocaleString(lang, {
    dateStyle: "long",
    timeStyle: "short",
  });

const firstTitle = document.title;

/** Shows a state and its text: on the page, to screen readers, and in the tab's title. */
function say(state, text) {
  const status = element("status");
  status.dataset.state = state;
  status.textContent = text;
  document.title = text || firstTitle;
}

/**
 * Shows one of the page's views, and moves the focus to `focused`, or else to the view's beginning.
 */
function showView(name, focused) {
  document.body.dataset.view = name;
  for (const view of document.querySelectorAll("section[data-view]")) {
    view.hidden = view.dataset.view !== name;
  }
  if (focused) return focused.focus();
  scrollTo(0, 0);
  document.querySelector(`section[data-view="${name}"]`).focus({ preventScroll: true });
}
