/** The time that an interruption may last before the two browsers restart ICE. */
const INTERRUPTION = seconds(4);
/** The time that the restart may take. */
const RECONNECTION = seconds(15);
/** The time in which candidates are gathered before they are sent together. */
const GATHERING = 50;
/** The time after which signals that have led to nothing are sent again, and how often they are. */
const REPETITION = seconds(2);
const REPETITIONS = 8;

/**
 * The connection to the other browser. The caller makes the offers. Signals may arrive in any
 * order, as they pass through a service with many instances.
 *
 * `tell` gets "media" once media of the other side arrive, "interrupted" and "recovered", and
 * "failed" when the connection is given up.
 */
class Peer {
  constructor({ isCaller, iceServers, signal, tell, show }) {
    Object.assign(this, { isCaller, signal, tell });
    this.candidates = [];
    /** What the other side needs for the present connection, which is sent until it is there. */
    this.outgoing = [];
    this.work = Promise.resolve();
    // People who can't be reached directly, or don't want to be, use /calls/…#relay.
    const iceTransportPolicy = location.hash === "#relay" ? "relay" : "all";
    this.connection = new RTCPeerConnection({ iceServers, iceTransportPolicy });
    this.connection.onicecandidate = ({ candidate }) => this.gathered(candidate);
    this.connection.onconnectionstatechange = () => this.stateChanged();
    this.connection.ontrack = ({ track, streams: [remote] }) => {
      show(remote);
      track.onunmute = () => this.checkMedia();
    };
  }

  /** Sets the servers by which the next way is looked for. */
  setServers(iceServers) {
    this.connection.setConfiguration({ ...this.connection.getConfiguration(), iceServers });
  }

  /** Sends the media of this side. */
  start(stream) {
    for (const track of stream.getTracks()) this.connection.addTrack(track, stream);
    if (this.isCaller) this.offer();
  }

  /** Handles a signal of the other party's Peer. */
  hear({ description, candidates = [], restart }) {
    this.inOrder(async () => {
      for (const candidate of candidates) await this.addCandidate(candidate);
      if (description) await this.addDescription(description);
      if (restart && this.isCaller) this.restart();
    });
  }

  /** Sends again what the other side has perhaps not received. */
  sendAgain() {
    for (const data of this.outgoing) this.signal(data);
    this.repeatLater();
  }

  repeatLater() {
    clearTimeout(this.repetition);
    if (this.outgoing.length === 0 || this.repetitions-- === 0) return;
    this.repetition = setTimeout(() => this.sendAgain(), REPETITION);
  }

  close() {
    clearTimeout(this.patience);
    clearTimeout(this.repetition);
    clearTimeout(this.gathering);
    this.tell = () => {};
    this.connection.close();
  }

  offer(options) {
    this.inOrder(async () => {
      await this.connection.setLocalDescription(await this.connection.createOffer(options));
      this.describe();
    });
  }

  /** Sends the description of this side, which begins another connection. */
  describe() {
    this.outgoing = [];
    this.repetitions = REPETITIONS;
    this.send({ description: this.connection.localDescription });
  }

  /** Sends a signal until the connection is there. */
  send(data) {
    this.outgoing.push(data);
    this.signal(data);
    this.repeatLater();
  }

  /** Sends a candidate together with others that are found at the same time. */
  gathered(candidate) {
    if (!candidate?.candidate) return;
    this.found ??= [];
    this.found.push(candidate);
    this.gathering ??= setTimeout(() => {
      this.send({ candidates: this.found });
      this.found = this.gathering = undefined;
    }, GATHERING);
  }

  async addDescription(description) {
    const isAnswerTwice =
      description.type === "answer" && this.connection.signalingState === "stable";
    if (isAnswerTwice || description.sdp === this.offered) return;
    this.offered = description.type === "offer" ? description.sdp : undefined;
    await this.connection.setRemoteDescription(description);
    if (description.type === "offer") {
      await this.connection.setLocalDescription();
      this.describe();
    }
    for (const candidate of this.candidates.splice(0)) await this.addCandidate(candidate);
  }

  /** Adds a candidate. One that comes before its description waits for it. */
  async addCandidate(candidate) {
    const isEarly = !this.connection.remoteDescription;
    if (isEarly) this.candidates.push(candidate);
    else await this.connection.addIceCandidate(candidate).catch(() => this.candidates.push(candidate));
  }

  stateChanged() {
    switch (this.connection.connectionState) {
      case "connected":
        return this.connected();
      case "disconnected":
        return this.interrupted(INTERRUPTION);
      case "failed":
        return this.hasMedia ? this.interrupted(0) : this.tell("failed");
    }
  }

  connected() {
    clearTimeout(this.patience);
    clearTimeout(this.repetition);
    this.outgoing = [];
    if (this.isInterrupted) this.tell("recovered");
    this.isInterrupted = this.isRestarted = false;
    this.checkMedia();
  }

  /** Tells of media once the connection is established and a track is no longer muted. */
  checkMedia() {
    const isConnected = this.connection.connectionState === "connected";
    const hasTrack = this.connection.getReceivers().some(({ track }) => !track.muted);
    if (this.hasMedia || !isConnected || !hasTrack) return;
    this.hasMedia = true;
    this.tell("media");
  }

  /**
   * Notes an interruption, and restarts ICE after `delay`. The side that is first asks the caller
   * for the restart; there is one for each interruption.
   */
  interrupted(delay) {
    if (!this.hasMedia || this.isRestarted) return;
    if (!this.isInterrupted) this.tell("interrupted");
    this.isInterrupted = true;
    clearTimeout(this.patience);
    this.patience = setTimeout(() => this.restart(), delay);
  }

  restart() {
    if (this.isRestarted) return;
    this.isRestarted = true;
    this.repetitions = REPETITIONS;
    if (this.isCaller) this.offer({ iceRestart: true });
    else this.send({ restart: true });
    clearTimeout(this.patience);
    this.patience = setTimeout(() => this.giveUp(), RECONNECTION);
  }

  /** Gives the connection up, unless only the other side was interrupted. */
  giveUp() {
    if (this.connection.connectionState === "connected") this.connected();
    else this.tell("failed");
  }

  /**
   * Takes one step after the other. Once there are media, a failed step shows in the state of the
   * connection.
   */
  inOrder(step) {
    this.work = this.work.then(step).catch(() => this.hasMedia || this.tell("failed"));
  }
}
