/** The part of the page that shows a call: both pictures, and what can be done. */
const callView = {
  /** Shows it. `onHangUp` is called when the button is clicked. */
  open(name, onHangUp) {
    element("avatar").textContent = initial(name);
    element("hang-up").onclick = onHangUp;
    this.showControls(undefined);
    showView("call");
  },

  /** Shows what this side gives. */
  showLocal(stream) {
    const hasVideo = stream.getVideoTracks().length > 0;
    element("local-video").hidden = !hasVideo;
    element("local-video").srcObject = stream;
    this.showControls(stream);
  },

  showRemote(stream) {
    const video = element("remote-video");
    if (video.srcObject !== stream) video.srcObject = stream;
  },

  close() {
    element("local-video").srcObject = null;
    element("remote-video").srcObject = null;
    element("call-view").classList.remove("has-picture");
  },

  showControls(stream) {
    bindToggle(element("mute"), stream?.getAudioTracks()[0]);
    bindToggle(element("camera-off"), stream?.getVideoTracks()[0]);
  },
};

/** Until there is a picture of the other side, and when there will be none, its initial stands there. */
element("remote-video").onresize = ({ target }) => {
  element("call-view").classList.toggle("has-picture", target.videoWidth > 0);
};

/** A button that is pressed while its track is switched off; hidden where there is no track. */
function bindToggle(button, track) {
  button.hidden = !track;
  button.setAttribute("aria-pressed", "false");
  button.onclick = () => {
    track.enabled = !track.enabled;
    button.setAttribute("aria-pressed", String(!track.enabled));
  };
}

/** What to say about how a call has ended, where both sides say the same. */
const endings = {
  ended: texts.ended,
  "hung-up": texts.hung_up,
  "not-connected": texts.not_connected,
  lost: texts.lost,
  unreachable: texts.unreachable,
  failed: texts.failed,
  broken: texts.failed,
};

/** The states of a page that are not named like the outcome. */
const endStates = { "hung-up": "ended", broken: "failed" };

/** What to say about the stages that both sides have. */
const stages = {
  connecting: ["connecting", texts.connecting],
  connected: ["connected", texts.connected],
  interrupted: ["reconnecting", texts.reconnecting],
  recovered: ["connected", texts.connected],
};
