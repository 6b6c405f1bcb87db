/** The part of the page that shows a call: both pictures, and the buttons. */
const callView = {
  /** Shows the view. `onHangUp` is called when the button is clicked. */
  open(name, onHangUp) {
    element("avatar").textContent = initial(name);
    element("hang-up").onclick = onHangUp;
    this.showControls(undefined);
    showView("call");
  },

  /** Shows the media of this side. */
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

/** Shows the initial of the other side as long as there is no picture of it. */
element("remote-video").onresize = ({ target }) => {
  element("call-view").classList.toggle("has-picture", target.videoWidth > 0);
};

/**
 * Makes a button that is pressed while its track is switched off, and hidden if there is no track.
 */
function bindToggle(button, track) {
  button.hidden = !track;
  button.setAttribute("aria-pressed", "false");
  button.onclick = () => {
    track.enabled = !track.enabled;
    button.setAttribute("aria-pressed", String(!track.enabled));
  };
}

/** The texts about the end of a call, where both sides have the same. */
const endings = {
  ended: texts.ended,
  "hung-up": texts.hung_up,
  "not-connected": texts.not_connected,
  lost: texts.lost,
  unreachable: texts.unreachable,
  failed: texts.failed,
  broken: texts.failed,
};

/** The states of a page whose names differ from that of the outcome. */
const endStates = { "hung-up": "ended", broken: "failed" };

/** The states and texts of the stages that both sides have. */
const stages = {
  connecting: ["connecting", texts.connecting],
  connected: ["connected", texts.connected],
  interrupted: ["reconnecting", texts.reconnecting],
  recovered: ["connected", texts.connected],
};
