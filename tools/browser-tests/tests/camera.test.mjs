// Camera and microphone that are denied by the visitor, or missing in the machine.

import { strict as assert } from "node:assert";
import { it } from "node:test";

import { begin, inEveryBrowser } from "../harness/story.mjs";

const FAKE_DEVICE = "--use-fake-device-for-media-stream";
const NOBODY_ALLOWS = "--use-fake-ui-for-media-stream";

const DENIED = {
  chromium: { withoutFlags: [NOBODY_ALLOWS], flags: ["--deny-permission-prompts"] },
  firefox: { preferences: { "permissions.default.camera": 2, "permissions.default.microphone": 2 } },
};

const MISSING = {
  chromium: { withoutFlags: [FAKE_DEVICE] },
  firefox: { preferences: { "media.navigator.streams.fake": false } },
};

function isRefused(state, words) {
  return (place) => {
    it("rings nobody, and says why", async (test) => {
      const { alice, device, link } = await begin(test, place);
      await alice.open(link);
      for (const id of ["call", "call-audio"]) {
        await alice.click(`#${id}`);
        const { status, canCall } = await alice.reaches(state);
        assert.match(status, words);
        assert.ok(canCall);
      }
      assert.equal(device.rings(), 0);
    });
  };
}

inEveryBrowser("a caller who may not use the camera", isRefused("media-denied", /^This page may not use/), DENIED);
inEveryBrowser("a caller without a microphone", isRefused("media-missing", /^No (camera|microphone) was/), MISSING);
