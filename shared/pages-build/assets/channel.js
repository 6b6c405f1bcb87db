/** The interval of pings. The gateway closes a connection that is silent for ten minutes. */
const PING_INTERVAL = seconds(5 * 60);
/** The time in which the service replies to the first hello: two functions may have to start for it. */
const HELLO_PATIENCE = seconds(4);
/** The same for another one, unless the connection is dead. */
const CHECK_PATIENCE = seconds(3);
/** The pause before messages are sent again that the service could not handle. */
const RESEND_DELAY = seconds(1);
/** The time that the service may take to close a connection whose call is over. */
const CLOSE_PATIENCE = seconds(5);

/**
 * A connection to the call channel (docs/call-channel.md). Actions wait until the service has
 * replied to hello; signals that can't be sent are dropped, since the Peer sends them again.
 *
 * `hear` gets every message, { type: "again" } when some message was perhaps not handled, and
 * { type: "lost" }, once, when the connection is of no use any more.
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
    this.socket.onclose = () => this.lost();
    this.pings = setInterval(() => this.post({ type: "ping" }), PING_INTERVAL);
    this.expectReply(HELLO_PATIENCE);
  }

  /** Sends an action: "accept", "media-up", or "terminate" with a reason. */
  act(event, reason) {
    const action = { type: "action", event, reason };
    if (event === "terminate") this.ending = action;
    if (this.isGreeted) this.post(action);
    else this.waiting.push(action);
  }

  /** Sends signalling to the other party. */
  signal(data) {
    if (this.isGreeted) this.post({ type: "signal", data });
  }

  /**
   * Says hello again, which tells soon whether the connection is dead without the browser's having
   * noticed it. The reply has credentials that relays still accept.
   */
  check() {
    if (!this.isGreeted) return;
    this.expectReply(CHECK_PATIENCE);
    this.post(this.hello);
  }

  /** Gives the connection up if there is no reply to hello in this time. */
  expectReply(patience) {
    clearTimeout(this.patience);
    this.patience = setTimeout(() => this.lost(), patience);
  }

  /** Closes the connection as soon as everything is sent. */
  close() {
    this.isClosing = true;
    if (this.isLost) this.socket.close();
    else if (this.waiting.length === 0) this.leave();
  }

  /**
   * Closes the connection, or lets the service close it after "terminate". The service handles
   * messages and the end of a connection at the same time, so the end could overtake "terminate".
   */
  leave() {
    setTimeout(() => this.socket.close(), this.ending ? CLOSE_PATIENCE : 0);
  }

  post(message) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  heard(message) {
    if (this.isLost) return;
    if (message.type === "hello") this.greeted(message);
    // What has no type is the gateway's: a function could not be run.
    const isUnhandled = !message.type || message.errno === ERRNO.unavailable;
    if (isUnhandled) setTimeout(() => this.again(), RESEND_DELAY);
    if (!this.isClosing) this.hear(message);
  }

  greeted({ session_token: token }) {
    clearTimeout(this.patience);
    this.isGreeted = true;
    this.hello = { type: "hello", token };
    for (const message of this.waiting.splice(0)) this.post(message);
    if (this.isClosing) this.leave();
  }

  again() {
    if (!this.isGreeted) this.post(this.hello);
    else if (this.ending) this.post(this.ending);
    else this.hear({ type: "again" });
  }

  /**
   * Gives the connection up. Its socket stays open: the service closes it when it knows the next
   * one, and takes an earlier end for a hang-up while the call rings.
   */
  lost() {
    if (this.isLost) return;
    this.isLost = true;
    clearTimeout(this.patience);
    clearInterval(this.pings);
    if (this.isClosing) this.socket.close();
    else this.hear({ type: "lost" });
  }
}
