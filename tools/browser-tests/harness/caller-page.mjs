// Alice's page: a browser that has opened a link.

import { LoopPage } from "./page.mjs";

export class CallerPage extends LoopPage {
  /** @param {import("./story.mjs").Place} place */
  static async create(place) {
    return super.create(place, "caller");
  }

  /**
   * @param {string} url the link
   * @returns {Promise<number>} the status of the response
   */
  async open(url) {
    const response = await this.page.goto(url);
    return response.status();
  }

  async clickCall() {
    await this.click("#call");
  }
}
