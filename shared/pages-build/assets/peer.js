/** How long an interruption may last before the two look for another way to each other. */
const INTERRUPTION = seconds(4);
/** How long they look for it. */
const RECONNECTION = seconds(15);

/**
 * The connection to the other browser. The caller makes the offers. Signals may arrive in any
 * order, as they pass through a service with many instances.
 *
 * `tell` gets "media" once something of the other side arrives, "interrupted" and "recovered", and
 * "failed" when there is no hope.
 */
class Peer {
  constructor({ isCaller, iceServers, signal, tell, show }) {
    Object.assign(this, { isCaller, signal, tell });
    this.candidates = [];
    this.work = Promise.resolve();
    // For people who can't, or don't want to, be reached directly: /calls/…#relay
    const iceTransportPolicy = location.hash === "#relay" ? "relay" : "all";
    this.connection = new RTCPeerConnection({ iceServers, iceTransportPolicy });
    this.connection.onicecandidate = ({ candidate }) => candidate?.candidate && signal({ candidate });
    this.connection.onconnectionstatechange = () => this.stateChanged();
    this.connection.ontrack = ({ track, streams: [remote] }) => {
      show(remote);
      track.onunmute = () => this.checkMedia();
    };
  }

  /** Gives what this side gives. */
  start(stream) {
    for (const track of stream.getTracks()) this.connection.addTrack(track, stream);
    if (this.isCaller) this.offer();
  }

  /** Something that the other party's Peer has signalled. */
  hear({ description, candidate, restart }) {
    this.inOrder(async () => {
      if (candidate) await this.addCandidate(candidate);
      if (description) await this.addDescription(description);
      if (restart && this.isCaller) this.restart();
    });
  }

  close() {
    clearTimeout(this.patience);
    this.tell = () => {};
    this.connection.close();
  }

  offer(options) {
    this.inOrder(async () => {
      await this.connection.setLocalDescription(await this.connection.createOffer(options));
      this.signal({ description: this.connection.localDescription });
    });
  }

  async addDescription(description) {
    // It has come twice.
    if (description.type === "answer" && this.connection.signalingState === "stable") return;
    await this.connection.setRemoteDescription(description);
    if (description.type === "offer") {
      await this.connection.setLocalDescription();
      this.signal({ description: this.connection.localDescription });
    }
    for (const candidate of this.candidates.splice(0)) await this.addCandidate(candidate);
  }

  /** A candidate that comes before its description waits for it. */
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
    if (this.isInterrupted) this.tell("recovered");
    this.isInterrupted = this.isRestarted = false;
    this.checkMedia();
  }

  /** Media has arrived when the connection is there and a track is no longer silent. */
  checkMedia() {
    const isConnected = this.connection.connectionState === "connected";
    const hasTrack = this.connection.getReceivers().some(({ track }) => !track.muted);
    if (this.hasMedia || !isConnected || !hasTrack) return;
    this.hasMedia = true;
    this.tell("media");
  }

  /** Whoever notices first asks the caller for a restart; there is one for each interruption. */
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
    if (this.isCaller) this.offer({ iceRestart: true });
    else this.signal({ restart: true });
    clearTimeout(this.patience);
    this.patience = setTimeout(() => this.giveUp(), RECONNECTION);
  }

  /** It may be that only the other side was interrupted. */
  giveUp() {
    if (this.connection.connectionState === "connected") this.connected();
    else this.tell("failed");
  }

  /** Does one thing after the other. Once there are media, what fails shows in the state of the connection. */
  inOrder(step) {
    this.work = this.work.then(step).catch(() => this.hasMedia || this.tell("failed"));
  }
}
