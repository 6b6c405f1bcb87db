// Real browsers, as Debian packages them, driven without a window.

import puppeteer from "puppeteer-core";

/** Every test runs in each of them. */
export const BROWSER_NAMES = ["firefox", "chromium"];

/** Where their users live: not in UTC, so that a page that forgets time zones is noticed. */
export const TIME_ZONE = "Asia/Kolkata";

/** Where Debian puts them. */
const EXECUTABLES = {
  firefox: process.env.LOOP_FIREFOX ?? "/usr/bin/firefox-esr",
  chromium: process.env.LOOP_CHROMIUM ?? "/usr/bin/chromium",
};

const CHROMIUM_FLAGS = [
  // Its sandbox refuses to run as root, as CI does; only our own pages are opened.
  "--no-sandbox",
  // A camera and a microphone that need no hardware, and nobody to allow them.
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  // WebRTC on this machine alone, by address: mDNS names need a network to be resolved.
  "--allow-loopback-in-peer-connection",
  "--disable-features=WebRtcHideLocalIpsWithMdns",
  "--autoplay-policy=no-user-gesture-required",
  "--lang=en-US",
];

const FIREFOX_PREFERENCES = {
  // A camera and a microphone that need no hardware. 1 is "allow": without it, no candidates are
  // gathered where there is only loopback.
  "media.navigator.streams.fake": true,
  "permissions.default.camera": 1,
  "permissions.default.microphone": 1,
  "media.peerconnection.ice.loopback": true,
  "media.autoplay.default": 0,
  "intl.accept_languages": "en-US, en",
};

/**
 * @typedef {object} Choices
 * @property {string[]} [flags] further flags of Chromium
 * @property {string[]} [withoutFlags] those of Chromium's usual flags that it shall not have
 * @property {Record<string, unknown>} [preferences] further preferences of Firefox
 * @property {string} [pushServiceUrl] the push service that Firefox shall use, `ws://…`
 */

/**
 * Starts a browser with a new profile, which is deleted when the browser is closed.
 *
 * @param {string} name one of {@link BROWSER_NAMES}
 * @param {Choices} [choices]
 * @returns {Promise<import("puppeteer-core").Browser>}
 */
export async function launchBrowser(name, choices = {}) {
  const common = {
    executablePath: EXECUTABLES[name],
    headless: true,
    env: { ...process.env, TZ: TIME_ZONE },
    defaultViewport: { width: 800, height: 600 },
  };
  if (name === "chromium") {
    const { flags = [], withoutFlags = [] } = choices;
    const args = [...CHROMIUM_FLAGS.filter((flag) => !withoutFlags.includes(flag)), ...flags];
    return puppeteer.launch({ ...common, browser: "chrome", args });
  }
  const extraPrefsFirefox = {
    ...FIREFOX_PREFERENCES,
    ...(choices.pushServiceUrl && pushPreferences(choices.pushServiceUrl)),
    ...choices.preferences,
  };
  return puppeteer.launch({ ...common, browser: "firefox", extraPrefsFirefox });
}

/**
 * Opens a page that shares nothing with any other: cookies, storage and workers are its own.
 * Closing its context closes it.
 *
 * @param {import("puppeteer-core").Browser} browser
 */
export async function newPage(browser) {
  const context = await browser.createBrowserContext();
  return context.newPage();
}

/** @param {string} url */
function pushPreferences(url) {
  return {
    "dom.push.serverURL": url,
    "dom.push.testing.allowInsecureServerURL": true,
    "dom.push.connection.enabled": true,
    "permissions.default.desktop-notification": 1,
    // Firefox draws notifications itself: there is no desktop that could.
    "alerts.useSystemBackend": false,
  };
}
