/** The interval of pings. The gateway closes a connection that is silent for ten minutes. */
const PING_INTERVAL = seconds(5 * 60);
/** The pause before a message is sent again that the service could not handle. */
const RESEND_DELAY = seconds(1);
/** The time that the service may take to close a connection whose call is over. */
const CLOSE_PATIENCE = seconds(5);

/**
 * A connection to the call channel (docs/call-channel.md). Messages wait until the service has
 * replied to hello. `hear` gets every message, and { type: "lost" } when the connection is gone.
 */
class Channel {
  constructor({ server_url: url, session_token: token }, hear) {
    this.hear = hear;
    this.hello = { type: "hello", token };
    this.waiting = [];
    this.isGreeted = false;
    this.isClosing = false;
    this.socket = new WebSocket(url);
    this.socket.onopen = () => this.post(this.hello);
    this.socket.onmessage = ({ data }) => this.heard(JSON.parse(data));
    this.socket.onclose = () => this.ended();
    this.pings = setInterval(() => this.send({ type: "ping" }), PING_INTERVAL);
  }

  /** Sends an action: "accept", "media-up", or "terminate" with a reason. */
  act(event, reason) {
    this.lastAction = { type: "action", event, reason };
    this.send(this.lastAction);
  }

  /** Sends signalling to the other party. */
  signal(data) {
    this.send({ type: "signal", data });
  }

  /** Closes the connection as soon as everything is sent. */
  close() {
    this.isClosing = true;
    if (this.waiting.length === 0) this.leave();
  }

  /**
   * Closes the connection, or lets the service close it after "terminate". The service handles
   * messages and the end of a connection at the same time, so the end could overtake "terminate".
   */
  leave() {
    const isEnding = this.lastAction?.event === "terminate";
    setTimeout(() => this.socket.close(), isEnding ? CLOSE_PATIENCE : 0);
  }

  send(message) {
    if (this.isGreeted) this.post(message);
    else this.waiting.push(message);
  }

  post(message) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  heard(message) {
    if (message.type === "hello") this.greeted();
    if (message.type === "error" && message.errno === ERRNO.unavailable) this.resend();
    if (!this.isClosing) this.hear(message);
  }

  greeted() {
    this.isGreeted = true;
    for (const message of this.waiting.splice(0)) this.post(message);
    if (this.isClosing) this.leave();
  }

  resend() {
    const message = this.isGreeted ? this.lastAction : this.hello;
    if (message) setTimeout(() => this.post(message), RESEND_DELAY);
  }

  ended() {
    clearInterval(this.pings);
    if (!this.isClosing) this.hear({ type: "lost" });
  }
}
