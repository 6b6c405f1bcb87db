// Real browsers, as Debian packages them, driven without a window.

import puppeteer from "puppeteer-core";

/** The browsers in which every test runs. */
export const BROWSER_NAMES = ["firefox", "chromium"];

/** The time zone of the browsers: not UTC, so that a page that forgets time zones is noticed. */
export const TIME_ZONE = "Asia/Kolkata";

/** The programs, by default where Debian installs them. */
const EXECUTABLES = {
  firefox: process.env.LOOP_FIREFOX ?? "/usr/bin/firefox-esr",
  chromium: process.env.LOOP_CHROMIUM ?? "/usr/bin/chromium",
};

const CHROMIUM_FLAGS = [
  // Chromium's sandbox refuses to run as root, as CI does; only our own pages are opened.
  "--no-sandbox",
  // A fake camera and microphone, which need no hardware, and no user who has to allow them.
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  // WebRTC stays on this machine and uses addresses: mDNS names need a network to be resolved.
  "--allow-loopback-in-peer-connection",
  "--disable-features=WebRtcHideLocalIpsWithMdns",
  "--autoplay-policy=no-user-gesture-required",
  "--lang=en-US",
];

const FIREFOX_PREFERENCES = {
  // A fake camera and microphone, which need no hardware. 1 is "allow": without it, Firefox gathers
  // no candidates where there is only loopback.
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
 * @property {string[]} [withoutFlags] flags that Chromium usually gets and shall not have here
 * @property {Record<string, unknown>} [preferences] further preferences of Firefox
 * @property {boolean} [acceptInsecureCerts] whether certificates of authorities that no browser knows are taken
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
    acceptInsecureCerts: choices.acceptInsecureCerts ?? false,
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
 * Opens a page that shares nothing with any other page: its cookies, storage and workers are its
 * own. It is closed when its context is closed.
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
    // Firefox draws notifications itself, since there is no desktop here that could.
    "alerts.useSystemBackend": false,
  };
}
