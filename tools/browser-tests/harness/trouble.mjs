// What goes wrong, or takes long, in a page: people who don't answer, networks that break, time.

/**
 * Nobody answers when the browser asks for camera and microphone.
 *
 * @param {import("./page.mjs").LoopPage} side
 */
export async function holdMedia({ page }) {
  await page.evaluate(() => {
    navigator.mediaDevices.getUserMedia = () => new Promise(() => {});
  });
}

/**
 * The connections that the page makes from now on never take what the other side describes.
 *
 * @param {import("./page.mjs").LoopPage} side
 */
export async function holdConnection({ page }) {
  await page.evaluate(() => {
    RTCPeerConnection.prototype.setRemoteDescription = () => new Promise(() => {});
  });
}

/**
 * From now on, what the page is told about its connections is up to `network`, and so are its
 * long timers, once they are held.
 *
 * @param {import("./page.mjs").LoopPage} side
 */
export async function controlNetwork({ page }) {
  await page.evaluate(() => {
    let connection;
    let pretended;
    const held = new Map();
    const { setTimeout, clearTimeout } = globalThis;
    globalThis.network = {
      restarts: 0,
      /** Says a state of the connection, or the true one again. */
      pretend(state) {
        pretended = state;
        // The page's handler itself: Firefox calls it for no event but its own.
        connection.onconnectionstatechange(new Event("connectionstatechange"));
      },
      /** Nothing that takes this long happens by itself any more. */
      holdTime(milliseconds) {
        globalThis.setTimeout = (action, delay = 0, ...rest) => {
          if (delay < milliseconds) return setTimeout(action, delay, ...rest);
          // Never the number of a true one.
          const id = -1 - held.size;
          held.set(id, action);
          return id;
        };
        globalThis.clearTimeout = (id) => {
          if (held.has(id)) held.set(id, () => {});
          else clearTimeout(id);
        };
      },
      /** Everything happens that has been held until now. */
      passTime() {
        for (const [id, action] of [...held]) {
          held.set(id, () => {});
          action();
        }
      },
    };
    globalThis.RTCPeerConnection = class extends RTCPeerConnection {
      constructor(configuration) {
        super(configuration);
        connection = this;
      }

      get connectionState() {
        return pretended ?? super.connectionState;
      }

      createOffer(options) {
        if (options?.iceRestart) network.restarts += 1;
        return super.createOffer(options);
      }

      restartIce() {
        network.restarts += 1;
        super.restartIce();
      }
    };
  });
}
