// A client for a page of another origin, which LOOP_ALLOWED_ORIGINS names. call-channel.md explains the messages, and
// tools/browser-tests/tests/example-client.test.mjs lets it call our page, and our page call it.

/** Calls whoever has made this call URL. `media` is of getUserMedia; `show` gets the other side's stream, and null at the end. */
export async function callLink(link, media, show) {
  return new Call(await ask(link, "POST", { call_type: "audio-video" }), media, show, true);
}
/** Answers the first call that rings in this session, as soon as there is one. */
export async function answerNext(service, media, show) {
  const [call] = (await ask(`${service}/calls`, "GET")).calls;
  if (call) return new Call(call, media, show, false);
  await new Promise((resolve) => setTimeout(resolve, 3000));
  return answerNext(service, media, show);
}
export async function ask(url, method, body) {
  const headers = { Accept: "application/json", "Content-Type": "application/json" };
  const response = await fetch(url, { method, headers, body: body && JSON.stringify(body), credentials: "include" });
  if (!response.ok) throw new Error((await response.json()).message);
  return response.json();
}
class Call {
  constructor({ server_url: url, session_token: token }, media, show, isCaller) {
    Object.assign(this, { url, token, media, show, isCaller, candidates: [], work: Promise.resolve() });
    this.open();
  }
  /** Opens the channel, also again: by its last token this client is still itself. */
  open() {
    this.socket = new WebSocket(this.url);
    this.socket.onopen = () => this.say({ type: "hello", token: this.token });
    this.socket.onmessage = ({ data }) => this.hear(JSON.parse(data));
    this.socket.onclose = () => this.isOver || setTimeout(() => this.open(), 1000);
  }
  say = (message) => this.socket.readyState === WebSocket.OPEN && this.socket.send(JSON.stringify(message));
  hear({ type, state, session_token: token, ice_servers: iceServers, data }) {
    this.token = token ?? this.token;
    this.iceServers = iceServers ?? this.iceServers;
    if (state === "terminated") return this.end();
    if (state === "alerting" && !this.isCaller) this.say({ type: "action", event: "accept" });
    if (state === "connecting" && !this.peer) this.connect();
    // What was sent to a connection that is gone has perhaps not arrived.
    if ((type === "hello" || state === "here") && this.peer?.connectionState !== "connected") this.describe();
    if (type === "signal") this.work = this.work.then(() => this.take(data)).catch(() => this.hangUp("media-fail"));
  }
  connect() {
    this.peer = new RTCPeerConnection({ iceServers: this.iceServers });
    for (const track of this.media.getTracks()) this.peer.addTrack(track, this.media);
    this.peer.onicegatheringstatechange = () => this.describe();
    this.peer.ontrack = ({ track, streams: [stream] }) => {
      this.show(stream);
      track.onunmute = () => this.say({ type: "action", event: "media-up" });
    };
    if (this.isCaller) this.peer.setLocalDescription();
  }
  async take({ description, candidates = [], restart }) {
    if (!this.peer) this.connect();
    if (restart && this.isCaller) return this.peer.setLocalDescription(await this.peer.createOffer({ iceRestart: true }));
    const isAnswerTwice = description?.type === "answer" && this.peer.signalingState === "stable";
    if (description && !isAnswerTwice) await this.peer.setRemoteDescription(description);
    this.candidates.push(...candidates);
    // Candidates may overtake the description that they belong to.
    if (!this.peer.remoteDescription) return;
    for (const candidate of this.candidates.splice(0)) await this.peer.addIceCandidate(candidate);
    if (description?.type === "offer") await this.peer.setLocalDescription().then(() => this.describe());
  }
  /** Sends the description of this side once it has all candidates. */
  describe() {
    const description = this.peer?.iceGatheringState === "complete" && this.peer.localDescription;
    if (description) this.say({ type: "signal", data: { description } });
  }
  hangUp(reason = "closed") {
    this.say({ type: "action", event: "terminate", reason });
    this.end();
  }
  end() {
    this.isOver = true;
    this.peer?.close();
    this.show(null);
  }
}
