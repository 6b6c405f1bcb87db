// Names that would run a script in a page that took them for more than text, and signs of that.

/**
 * Pairs of a callee's name and a remote id (each at most 64 characters), as the service accepts
 * them. A script in them would set `intruded`, open a dialog, or send a request to another server.
 */
export const NAMES = [
  ["<script>intruded=1</script>", `"><img src=//evil.example/a onerror="intruded=1">`],
  ["<img src=x onerror=intruded=1>", `</script><script>intruded=1;alert(1)</script>`],
  [`"><svg onload=intruded=1>`, `<iframe srcdoc="<script>parent.intruded=1</script>"></iframe>`],
  ["</script><script>intruded=1//", `<style>@import "//evil.example/a";*{display:none}</style>`],
  ["<!--<script>", `--></title></bdi></strong><body onload=intruded=1>`],
  ["</bdi></title><base href=//evil>", `<a href="javascript:intruded=1">a</a>&lt;b&gt;&amp;`],
  ["javascript:intruded=1", "{{constructor.constructor('intruded=1')()}}"],
  ["${intruded=1}`", String.raw`\u003cscript\u003eintruded=1\u003c/script\u003e\";intruded=1//`],
  ["{name}{remote_id}$&$'", `<meta http-equiv=refresh content="0;url=//evil.example/">`],
  ["&lt;i&gt;&#60;b&#62;", `<form action=//evil.example><button id=call autofocus>{name}`],
];

/**
 * Watches a page from before its first script on.
 *
 * @param {import("./page.mjs").LoopPage} loopPage
 * @param {string} url the service, to which the page may send requests
 * @returns {Promise<() => Promise<object>>} returns the signs of an intrusion; see {@link NOTHING}
 */
export async function watchForIntruders({ page }, url) {
  const dialogs = [];
  const requests = [];
  page.on("dialog", (dialog) => dialogs.push(`${dialog.type()}: ${dialog.message()}`));
  page.on("request", (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol !== "data:" && host !== new URL(url).host) requests.push(request.url());
  });
  page.on("popup", () => requests.push("popup"));
  return async () => {
    const seen = await page.evaluate(() => ({
      intruded: String(globalThis.intruded),
      foreign: [...document.querySelectorAll("img, iframe, object, embed, base, a, [srcdoc], [onload], [onerror]")]
        .map(({ outerHTML }) => outerHTML),
      scripts: document.scripts.length,
      forms: [...document.forms].map(({ id }) => id).filter((id) => id !== "make-link"),
    }));
    return { dialogs, requests, ...seen };
  };
}

/** The signs without an intrusion: the page's own data and script, and no more. */
export const NOTHING = {
  dialogs: [],
  requests: [],
  intruded: "undefined",
  foreign: [],
  scripts: 2,
  forms: [],
};
