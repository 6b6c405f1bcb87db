// Complaints of a page in places that no visitor sees: errors, warnings, violations of its policy.

/** Chromium's console notices of responses with errors, which the page has seen itself. */
const NOTICE_OF_A_STATUS = /^Failed to load resource: (the server responded with a status of|net::)/;

/**
 * Listens to a page from before its first script on.
 *
 * @param {import("puppeteer-core").Page} page
 * @returns {Promise<() => Promise<string[]>>} a function that returns the complaints so far
 */
export async function listenForComplaints(page) {
  const heard = [];
  page.on("pageerror", (error) => heard.push(`error: ${error.message}`));
  page.on("console", (message) => {
    const isNotice = message.type() === "error" && NOTICE_OF_A_STATUS.test(message.text());
    if (!isNotice) heard.push(`console.${message.type()}: ${message.text()}`);
  });
  // Firefox does not pass violations on to the driver, so the page itself has to collect them.
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
