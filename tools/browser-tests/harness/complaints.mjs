// What a page complains about where no visitor looks: errors, warnings, violations of its policy.

/** Chromium says in its console which answers were errors; the page has seen them itself. */
const NOTICE_OF_A_STATUS = /^Failed to load resource: (the server responded with a status of|net::)/;

/**
 * Listens to a page from before its first script on.
 *
 * @param {import("puppeteer-core").Page} page
 * @returns {Promise<() => Promise<string[]>>} what it has complained about so far
 */
export async function listenForComplaints(page) {
  const heard = [];
  page.on("pageerror", (error) => heard.push(`error: ${error.message}`));
  page.on("console", (message) => {
    const isNotice = message.type() === "error" && NOTICE_OF_A_STATUS.test(message.text());
    if (!isNotice) heard.push(`console.${message.type()}: ${message.text()}`);
  });
  // Firefox does not pass violations on to the driver: the page itself has to collect them.
  await page.evaluateOnNewDocument(() => {
    globalThis.policyViolations = [];
    document.addEventListener("securitypolicyviolation", (event) => {
      const { effectiveDirective, blockedURI, sourceFile, lineNumber } = event;
      globalThis.policyViolations.push(
        `policy: ${effectiveDirective} blocks ${blockedURI} (${sourceFile}:${lineNumber})`,
      );
    });
  });
  return async () => [...heard, ...(await page.evaluate(() => globalThis.policyViolations))];
}
