// Faults and delays in a page: people who don't answer, networks that break, time.

/**
 * Leaves the browser's question for camera and microphone without an answer.
 *
 * @param {import("./page.mjs").LoopPage} side
 */
export async function holdMedia({ page }) {
  await page.evaluate(() => {
    navigator.mediaDevices.getUserMedia = () => new Promise(() => {});
  });
}

/**
 * Keeps connections that the page makes from now on from taking the other side's description.
 *
 * @param {import("./page.mjs").LoopPage} side
 */
export async function holdConnection({ page }) {
  await page.evaluate(() => {
    RTCPeerConnection.prototype.setRemoteDescription = () => new Promise(() => {});
  });
}

/**
 * Puts the events of the page's connections under the control of `network` from now on, and its
 * long timers once they are held.
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
      /** Returns what names the other side's present way in its description. */
      fragment: () => connection.remoteDescription.sdp.match(/ice-ufrag:(\S+)/)[1],
      /** Reports a state of the connection, or the true one again. */
      pretend(state) {
        pretended = state;
        // This calls the page's handler itself, since Firefox calls it only for events of its own.
        connection.onconnectionstatechange(new Event("connectionstatechange"));
      },
      /** Holds back all timers of at least this length. */
      holdTime(milliseconds) {
        globalThis.setTimeout = (action, delay = 0, ...rest) => {
          if (delay < milliseconds) return setTimeout(action, delay, ...rest);
          // The id must never be that of a real timer.
          const id = -1 - held.size;
          held.set(id, action);
          return id;
        };
        globalThis.clearTimeout = (id) => {
          if (held.has(id)) held.set(id, () => {});
          else clearTimeout(id);
        };
      },
      /** Runs all timers that have been held back until now. */
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

/**
 * Puts the connections to the call channel that the page opens from now on under the control of
 * `channel`.
 *
 * @param {import("./page.mjs").LoopPage} side
 */
export async function controlChannel({ page }) {
  await page.evaluate(() => {
    globalThis.channel = {
      sockets: [],
      /** All messages that were sent. */
      sent: [],
      /** Says of a message whether it is lost on its way to the service. */
      loses: () => false,
      /** Returns the connection that was opened last. */
      get last() {
        return this.sockets.at(-1);
      },
    };
    globalThis.WebSocket = class extends WebSocket {
      constructor(url) {
        super(url);
        channel.sockets.push(this);
        this.addEventListener("message", ({ data }) => {
          this.isGreeted ||= JSON.parse(data).type === "hello";
        });
      }

      send(text) {
        const message = JSON.parse(text);
        if (channel.loses(message, this)) return;
        channel.sent.push(message);
        super.send(text);
      }
    };
  });
}
