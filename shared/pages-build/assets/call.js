/** In which order a call comes further. */
const STAGES = ["placed", "init", "alerting", "connecting", "half-connected", "connected"];
/** How long after the accept media may take, should the service not say so itself. */
const CONNECTION_PATIENCE = seconds(20);
/** When a page is left. Firefox has closed its sockets by the time of the second. */
const LEAVING = ["beforeunload", "pagehide"];
/** How long to wait before the channel is opened again during a conversation. */
const REOPEN_DELAYS = [1, 2, 5, 10].map(seconds);

/**
 * One call, from either side: what the channel says, what the two browsers do, and that everything
 * is switched off when it is over, whatever the reason.
 *
 * `onStage` gets the stage that is reached, and "interrupted" and "recovered". `onEnd` gets, once:
 *   "hung-up", "ended"                  this side, the other side has ended it
 *   "no-answer"                         nobody accepted in time, or it was declined
 *   "cancelled", "answered-elsewhere"   the callee need not ring any longer
 *   "not-connected", "lost"             there was never a connection; there is none any more
 *   "unreachable", "failed"             the service is gone; it does not know this call
 *   "left"                              the callee's page was closed while it rang
 *   "broken"                            something was thrown in this page
 */
class Call {
  /** Those that are not over. */
  static live = new Set();

  constructor(role, invitation, { onStage, onEnd, showRemote }) {
    Object.assign(this, { role, invitation, onStage, onEnd, showRemote });
    this.isCaller = role === "caller";
    this.stage = "placed";
    this.reopened = 0;
    Call.live.add(this);
    this.openChannel();
    this.leave = () => this.pageLeft();
    for (const event of LEAVING) addEventListener(event, this.leave);
  }

  /** The media that this side gives. It is the call's from now on, and is closed by it. */
  setStream(stream) {
    this.stream = stream;
  }

  /** The callee takes the call. */
  accept() {
    this.connect();
    this.channel.act("accept");
  }

  /** Ends it, with a reason of the protocol if it is not the usual one. */
  hangUp(reason = this.usualReason()) {
    if (this.isOver) return;
    this.channel.act("terminate", reason);
    this.end("hung-up");
  }

  /** Other devices of the callee, or this page once it is loaded again, may still answer. */
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
    this.channel = new Channel(this.invitation, (message) => this.hear(message));
  }

  hear(message) {
    switch (message.type) {
      case "hello":
        this.iceServers = message.ice_servers;
        return this.reach(message);
      case "progress":
        return this.reach(message);
      case "signal":
        return this.peer?.hear(message.data);
      case "error":
        return this.refused(message.errno);
      case "lost":
        return this.channelLost();
    }
  }

  /** Progress may arrive out of order; a call never goes back. */
  reach({ state, reason }) {
    if (state === "terminated") return this.terminated(reason);
    this.reopened = 0;
    if (this.hasReached(state)) return;
    this.stage = state;
    if (this.isCaller && this.hasReached("connecting")) this.connect();
    if (state === "connected") clearTimeout(this.patience);
    this.onStage(state);
  }

  terminated(reason) {
    // The service has not yet noticed that our former connection is gone.
    const isFormerSelf = reason === "answered-elsewhere" && this.hasReached("connected");
    if (!isFormerSelf) this.end(this.outcome(reason));
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

  /** 110: a token that is not valid or no longer. Other refusals have changed nothing. */
  refused(errno) {
    if (errno === 110) this.end("failed");
  }

  /** Before both have media, the service ends a call whose channel is lost. After that, it goes on. */
  channelLost() {
    if (this.isOver) return;
    if (!this.hasReached("connected")) return this.end("unreachable");
    const delay = REOPEN_DELAYS[Math.min(this.reopened++, REOPEN_DELAYS.length - 1)];
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
        return this.channel.act("media-up");
      case "failed":
        return this.giveUp();
      default:
        this.isInterrupted = event === "interrupted";
        this.onStage(event);
    }
  }

  giveUp() {
    this.channel.act("terminate", "media-fail");
    this.end(this.outcome("media-fail"));
  }

  /** Something was thrown: nobody knows how far that has got. */
  fail() {
    this.channel?.act("terminate", "media-fail");
    this.end("broken");
  }

  end(outcome) {
    if (this.isOver) return;
    this.isOver = true;
    Call.live.delete(this);
    for (const event of LEAVING) removeEventListener(event, this.leave);
    clearTimeout(this.patience);
    inAnyCase(
      () => closeMedia(this.stream),
      () => this.channel?.close(),
      () => this.peer?.close(),
      () => this.onEnd(outcome),
    );
  }
}
