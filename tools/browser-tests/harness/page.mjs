// A page of Loop in a browser: the state that it shows, and its media.

import { strict as assert } from "node:assert";

import { expectAccessible } from "./axe.mjs";
import { listenForComplaints } from "./complaints.mjs";
import { watchMedia } from "./media.mjs";
import { takeScreenshot } from "./screenshots.mjs";
import { waitFor } from "./wait.mjs";

export class LoopPage {
  #complaints;
  #place;
  #who;

  /**
   * @param {import("./story.mjs").Place} place the browser
   * @param {string} who "caller" or "callee", for the names of pictures
   * @param {import("puppeteer-core").BrowserContext} [context] a context with cookies, storage and workers; a new
   * one, if none is given
   */
  static async create(place, who, context) {
    const it = new this();
    it.page = await (context ?? (await place.browser.createBrowserContext())).newPage();
    it.#place = place;
    it.#who = who;
    it.#complaints = await listenForComplaints(it.page);
    await watchMedia(it.page);
    // The only dialog of this kind asks whether a link shall be revoked.
    it.page.on("dialog", (dialog) => dialog.accept());
    return it;
  }

  get context() {
    return this.page.browserContext();
  }

  /** Clicks like a visitor who sees the page: Firefox gives its camera to no other page. */
  async click(selector, options) {
    await this.page.bringToFront();
    await this.page.click(selector, options);
  }

  /** @param {import("puppeteer-core").KeyInput[]} keys */
  async press(...keys) {
    await this.page.bringToFront();
    for (const key of keys) await this.page.keyboard.press(key);
  }

  /** Returns everything on the page that tests check. */
  async look() {
    return this.page.evaluate(() => {
      const shown = (id) => document.getElementById(id)?.checkVisibility() ?? false;
      const status = document.getElementById("status");
      const { view, reach } = document.body.dataset;
      return {
        title: document.title,
        text: document.body.innerText,
        state: status?.dataset.state,
        status: status?.textContent,
        view,
        reach,
        reachText: document.getElementById("reach")?.textContent,
        focus: document.activeElement.id || document.activeElement.className,
        canCall: shown("call") && !document.getElementById("call").disabled,
        callLabel: document.getElementById("call")?.innerText,
        isInCall: shown("call-view"),
      };
    });
  }

  /**
   * Waits for a state, and checks that the tab's title says it too.
   *
   * @param {string} state as in `data-state`
   */
  async sees(state) {
    let now;
    const seen = await waitFor(`the ${this.#who}'s page to be "${state}"`, async () => {
      now = await this.look();
      return now.state === state && now;
    }).catch((error) => {
      throw new Error(`${error.message}; it is "${now?.state}": ${now?.status}`);
    });
    if (seen.status) assert.equal(seen.title, seen.status, "the tab's title carries the state");
    return seen;
  }

  /** Waits until no call rings or goes on here any more. */
  async isOver() {
    await waitFor(`the call to be over on the ${this.#who}'s page`, async () => {
      const { view, state, canCall } = await this.look();
      return !["call", "ring"].includes(view) && !["incoming", "ringing"].includes(state) && (view === "home" || canCall);
    });
  }

  /**
   * Waits for a state that stays, and checks everything else that holds in every state.
   *
   * @param {string} state as in `data-state`
   */
  async reaches(state) {
    const seen = await this.sees(state);
    await this.check(state);
    return seen;
  }

  /**
   * Takes a screenshot, and checks that axe-core finds nothing and that the page has no complaints.
   *
   * @param {string} name the state of the page, for the picture's file name
   */
  async check(name) {
    await takeScreenshot(this.page, this.#place.name, `${this.#who}-${name}`);
    await expectAccessible(this.page);
    assert.deepEqual(await this.complaints(), []);
  }

  /** Returns the complaints of the page so far. */
  async complaints() {
    return this.#complaints();
  }

  /** Waits until frames of the other side's video have been decoded here. */
  async expectVideo() {
    await waitFor(`decoded frames on the ${this.#who}'s page`, () =>
      this.page.evaluate(async () => (await media.framesDecoded()) > 0),
    );
  }

  /** Returns the time when the page had an event, in milliseconds since 1970: "click", "answer",
   * "frame". */
  async moment(name) {
    return waitFor(`the moment of "${name}"`, () => this.page.evaluate((it) => media.moments[it], name));
  }

  /** Returns the type of this side's candidate on the chosen route: "host", "relay" … */
  async route() {
    return this.page.evaluate(() => media.route());
  }

  /** Returns whether camera or microphone is on. */
  async isRecording() {
    return this.page.evaluate(() => media.isRecording());
  }

  /** Returns the kinds of media that this side does not send: "audio", "video". */
  async switchedOff() {
    return this.page.evaluate(() => media.switchedOff());
  }

  async expectSilence() {
    assert.equal(await this.isRecording(), false, "camera and microphone are off");
  }
}
