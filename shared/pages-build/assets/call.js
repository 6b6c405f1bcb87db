/** The stages of a call, in their order. */
const STAGES = ["placed", "init", "alerting", "connecting", "half-connected", "connected"];
/**
 * The time that media may take after the accept, in case the service does not end the call by then.
 */
const CONNECTION_PATIENCE = seconds(45);
/** The events when a page is left. At the second one, Firefox has already closed its sockets. */
const LEAVING = ["beforeunload", "pagehide"];
/** The pauses before the channel is opened again, by how often it was opened since it was heard last. */
const REOPEN_DELAYS = [0, 0, 1, 2, 5].map(seconds);

/**
 * One call, from either side. It reacts to the messages of the channel and to the connection of the
 * two browsers, and switches everything off when the call is over, for any reason.
 *
 * `onStage` gets the stage that is reached, and "interrupted" and "recovered". `onEnd` gets, once:
 *   "hung-up", "ended"                  this side has ended it; the other side has ended it
 *   "no-answer"                         no device accepted in time, or the call was declined
 *   "cancelled", "answered-elsewhere"   the callee's page need not ring any longer
 *   "not-connected", "lost"             there was never a connection; there is none any more
 *   "unreachable", "failed"             the service is gone; it does not know this call
 *   "left"                              the callee's page was closed while it rang
 *   "broken"                            an unexpected error was thrown in this page
 */
class Call {
  /** The calls that are not over. */
  static live = new Set();

  constructor(role, invitation, { onStage, onEnd, showRemote }) {
    Object.assign(this, { role, invitation, onStage, onEnd, showRemote });
    this.isCaller = role === "caller";
    this.stage = "placed";
    this.opened = 0;
    Call.live.add(this);
    this.openChannel();
    this.leave = () => this.pageLeft();
    for (const event of LEAVING) addEventListener(event, this.leave);
    this.online = () => this.channel.check();
    addEventListener("online", this.online);
  }

  /** Sets the media of this side. The call owns the stream from now on, and closes it. */
  setStream(stream) {
    this.stream = stream;
  }

  /** Accepts the call for the callee. */
  accept() {
    this.connect();
    this.isAccepted = true;
    this.channel.act("accept");
  }

  /** Ends the call, with a reason of the protocol if it is not the usual one. */
  hangUp(reason = this.usualReason()) {
    if (this.isOver) return;
    this.terminate(reason);
    this.end("hung-up");
  }

  /** Tells the service that the call is over, by a new connection if there is none. */
  terminate(reason) {
    if (this.channel.isLost && !this.isShutOut) this.openChannel();
    this.channel.act("terminate", reason);
  }

  /**
   * Ends the call when the page is left. A ringing call goes on for the service: other devices of
   * the callee, or this page once it is loaded again, may still answer.
   */
  pageLeft() {
    if (this.isCaller || this.peer) this.hangUp();
    else this.end("left");
  }

  usualReason() {
    if (this.hasReached("connecting") || this.peer) return "closed";
    return this.isCaller ? "cancel" : "reject";
  }

  hasReached(stage) {
    return STAGES.indexOf(this.stage) >= STAGES.indexOf(stage);
  }

  openChannel() {
    this.opened++;
    this.former = this.channel;
    this.channel = new Channel(this.invitation, (message) => this.hear(message));
  }

  hear(message) {
    if (message.ice_servers) this.setServers(message.ice_servers);
    switch (message.type) {
      case "hello":
        return this.greeted(message);
      case "progress":
        return this.reach(message);
      case "peer":
        return message.state === "here" && this.peer?.sendAgain();
      case "signal":
        return this.peer?.hear(message.data);
      case "error":
        return this.refused(message.errno);
      case "again":
        return this.sayAgain();
      case "lost":
        return this.channelLost();
    }
  }

  greeted(message) {
    this.opened = 0;
    this.former?.close();
    // From now on this page is known to the call, and can come back as long as that lasts.
    this.invitation = { ...this.invitation, session_token: message.session_token };
    this.reach(message);
    this.sayAgain();
  }

  /** Notes the servers that help to connect. Those that relay are told after the accept. */
  setServers(iceServers) {
    this.iceServers = iceServers;
    this.peer?.setServers(iceServers);
  }

  /** Says again what the service has perhaps not heard. It knows by the state what is new. */
  sayAgain() {
    if (this.isOver) return;
    if (this.isAccepted && !this.hasReached("connecting")) this.channel.act("accept");
    if (this.hasMedia && !this.hasReached("connected")) this.channel.act("media-up");
    this.peer?.sendAgain();
  }

  /** Moves the call to a stage. Progress may arrive out of order, but a call never goes back. */
  reach({ state, reason }) {
    if (state === "terminated") return this.end(this.outcome(reason));
    if (this.hasReached(state)) return;
    this.stage = state;
    if (this.isCaller && this.hasReached("connecting")) this.connect();
    if (state === "connected") clearTimeout(this.patience);
    this.onStage(state);
  }

  outcome(reason) {
    switch (reason) {
      case "timeout":
        return this.hasReached("connecting") ? "not-connected" : "no-answer";
      case "reject":
      case "busy":
        return "no-answer";
      case "media-fail":
        return this.hasReached("connected") ? "lost" : "not-connected";
      case "cancel":
        return "cancelled";
      case "closed":
        return this.isInterrupted ? "lost" : "ended";
      default:
        return reason;
    }
  }

  /**
   * Ends the call on error 110, when the service knows of no such call. A conversation goes on
   * without the service.
   */
  refused(errno) {
    if (errno !== 110) return;
    this.isShutOut = true;
    if (!this.hasReached("connected")) this.end("failed");
  }

  /**
   * Opens the channel again. A call that rings ends with its connection to the channel, but nobody
   * may have heard of the call yet.
   */
  channelLost() {
    if (this.isOver || this.isShutOut) return;
    const isPlaced = this.stage === "placed";
    if (isPlaced ? this.opened > 2 : !this.isAccepted && !this.hasReached("connecting")) {
      return this.end("unreachable");
    }
    const delay = REOPEN_DELAYS[this.opened] ?? REOPEN_DELAYS.at(-1);
    setTimeout(() => this.isOver || this.openChannel(), delay);
  }

  connect() {
    if (this.peer) return;
    this.peer = new Peer({
      isCaller: this.isCaller,
      iceServers: this.iceServers,
      signal: (data) => this.channel.signal(data),
      tell: (event) => this.peerTells(event),
      show: this.showRemote,
    });
    this.patience = setTimeout(() => this.giveUp(), CONNECTION_PATIENCE);
    this.peer.start(this.stream);
  }

  peerTells(event) {
    switch (event) {
      case "media":
        this.hasMedia = true;
        return this.channel.act("media-up");
      case "failed":
        return this.giveUp();
      default:
        this.isInterrupted = event === "interrupted";
        // What has interrupted the one connection may have ended the other unnoticed.
        if (this.isInterrupted) this.channel.check();
        this.onStage(event);
    }
  }

  giveUp() {
    this.terminate("media-fail");
    this.end(this.outcome("media-fail"));
  }

  /** Ends the call after an unexpected error, which may have left it in any state. */
  fail() {
    this.channel?.act("terminate", "media-fail");
    this.end("broken");
  }

  end(outcome) {
    if (this.isOver) return;
    this.isOver = true;
    Call.live.delete(this);
    for (const event of LEAVING) removeEventListener(event, this.leave);
    removeEventListener("online", this.online);
    clearTimeout(this.patience);
    inAnyCase(
      () => closeMedia(this.stream),
      () => this.former?.close(),
      () => this.channel?.close(),
      () => this.peer?.close(),
      () => this.onEnd(outcome),
    );
  }
}
