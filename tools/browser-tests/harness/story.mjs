// The beginnings of stories: the browsers, the service, and the people in them.

import { after, before, describe } from "node:test";

import { BROWSER_NAMES, launchBrowser } from "./browsers.mjs";
import { CalleePage } from "./callee-page.mjs";
import { Callee, startDevice } from "./callee.mjs";
import { CallerPage } from "./caller-page.mjs";
import { startPushService } from "./push-service.mjs";
import { startServer } from "./server.mjs";

/**
 * A browser, with a push service if it is Firefox: that of Chromium is fixed in its binary.
 *
 * @typedef {object} Place
 * @property {string} name the name of the browser
 * @property {import("puppeteer-core").Browser} browser set before the tests run
 * @property {Awaited<ReturnType<typeof startPushService>>} [pushService]
 */

/**
 * Defines the same tests for each browser, which is started once for all of them.
 *
 * @param {string} title
 * @param {(place: Place) => void} define
 * @param {Record<string, import("./browsers.mjs").Choices>} [choices] by the name of the browser
 */
export function inEveryBrowser(title, define, choices = {}) {
  for (const name of BROWSER_NAMES) {
    describe(`${title}, in ${name}`, () => define(startedPlace(name, choices[name])));
  }
}

/**
 * Starts a browser for the tests of one `describe`.
 *
 * @param {string} name
 * @param {import("./browsers.mjs").Choices} [choices]
 * @returns {Place}
 */
export function startedPlace(name, choices) {
  const place = { name };
  before(async () => {
    if (name === "firefox") place.pushService = await startPushService();
    place.browser = await launchBrowser(name, { pushServiceUrl: place.pushService?.url, ...choices });
  });
  after(async () => {
    await place.browser?.close();
    place.pushService?.stop();
  });
  return place;
}

/**
 * Starts a service, Bob as a program with one device and a link, and Alice's page, which has not
 * opened the link yet.
 *
 * @param {import("node:test").TestContext} test
 * @param {Place} place
 * @param {object} [choices]
 * @param {Record<string, string>} [choices.settings] the settings of the service
 * @param {number} [choices.seconds] the time for which the link is valid
 * @param {number} [choices.pushStatus] the status of the push service of Bob's device
 */
export async function begin(test, place, choices = {}) {
  const later = cleaner(test);
  const device = await startDevice(choices.pushStatus);
  later(() => device.stop());
  const server = await startServer(choices.settings);
  later(() => server.stop());
  const bob = new Callee(server.url);
  later(() => bob.stopListening());
  await bob.register(device.url);
  const made = await bob.makeLink(choices.seconds);
  const alice = await CallerPage.create(place);
  later(() => alice.context.close());
  return { server, device, bob, alice, made, link: made.call_url };
}

/**
 * Starts a service, Bob's page, which gets calls, and Alice's page, which has opened his link.
 *
 * @param {import("node:test").TestContext} test
 * @param {{alice: Place, bob: Place}} places
 * @param {object} [choices]
 * @param {Record<string, string>} [choices.settings] the settings of the service
 * @param {string} [choices.fragment] the fragment of both pages' addresses, such as `#relay`
 */
export async function beginPages(test, places, { settings, fragment = "" } = {}) {
  const later = cleaner(test);
  const server = await startServer(settings);
  later(() => server.stop());
  const bob = await CalleePage.create(places.bob);
  later(() => bob.context.close());
  await bob.open(`${server.url}/${fragment}`);
  await bob.enable();
  const link = await bob.makeLink();
  const alice = await CallerPage.create(places.alice);
  later(() => alice.context.close());
  await alice.open(link + fragment);
  return { server, bob, alice, link };
}

/**
 * Lets Alice call and Bob answer, and waits until both are connected.
 *
 * @param {{alice: CallerPage, bob: CalleePage}} pages
 */
export async function connect({ alice, bob }) {
  await alice.clickCall();
  await bob.sees("incoming");
  await bob.click("#answer");
  await Promise.all([alice.sees("connected"), bob.sees("connected")]);
}

/** Returns a function that registers steps to run after the test, the last one first, so that every
 * page is closed before the service stops. */
function cleaner(test) {
  const steps = [];
  test.after(async () => {
    for (const step of steps.reverse()) await step();
  });
  return (step) => steps.push(step);
}
