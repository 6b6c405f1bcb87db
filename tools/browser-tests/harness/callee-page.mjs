// Bob's page: a browser that gets calls.

import { LoopPage } from "./page.mjs";
import { waitFor } from "./wait.mjs";

export class CalleePage extends LoopPage {
  /**
   * @param {import("./story.mjs").Place} place
   * @param {import("puppeteer-core").BrowserContext} [context] the context of another page of Bob's
   */
  static async create(place, context) {
    return super.create(place, "callee", context);
  }

  /** @param {string} url the service */
  async open(url) {
    await this.page.goto(url);
  }

  /** Enables calls, by the means that the browser has: push in Firefox, polling in Chromium. */
  async enable() {
    await this.click("#enable");
    await this.sees("ready");
  }

  /** @returns {Promise<string>} the link, as it stands on the page */
  async makeLink() {
    await this.page.bringToFront();
    await this.page.type("#remote-id", "alice@example.com");
    await this.page.$eval("#callee-name", (field) => (field.value = "Bob"));
    await this.page.click("[name=make]");
    return this.link();
  }

  async link() {
    const read = () => this.page.evaluate(() => document.querySelector("#links li .url")?.value);
    return waitFor("the link", read);
  }

  /** @param {string} mode "push", "polling", "offline" or "off" */
  async isReachedBy(mode) {
    await waitFor(`the callee to be reached by ${mode}`, async () => (await this.look()).reach === mode);
  }

  /** Returns the titles of the notifications that are shown. */
  async notifications() {
    return this.page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      return (await registration.getNotifications()).map(({ title }) => title);
    });
  }
}
