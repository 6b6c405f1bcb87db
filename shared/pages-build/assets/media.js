/** Why there is no camera or microphone: a state of the page, and what to say. */
class MediaProblem extends Error {
  constructor(state, text) {
    super(text);
    this.state = state;
  }
}

const canCall = () => Boolean(navigator.mediaDevices?.getUserMedia && globalThis.RTCPeerConnection);

/** Asks for the microphone, and for the camera if it is wanted. */
async function openMedia(wantsVideo) {
  if (!canCall()) throw new MediaProblem("unsupported", texts.unsupported);
  const video = wantsVideo && { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 720 } };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: true, video });
  } catch (error) {
    throw await problemOf(error, wantsVideo);
  }
}

async function problemOf(error, wantsVideo) {
  switch (error.name) {
    case "NotAllowedError":
    case "SecurityError":
      return new MediaProblem("media-denied", wantsVideo ? texts.media_denied : texts.microphone_denied);
    case "NotFoundError":
    case "OverconstrainedError":
      return new MediaProblem(
        "media-missing",
        wantsVideo && (await hasMicrophone()) ? texts.camera_missing : texts.microphone_missing,
      );
    default:
      return new MediaProblem("media-missing", texts.media_in_use);
  }
}

async function hasMicrophone() {
  const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
  return devices.some((device) => device.kind === "audioinput");
}

/** Switches camera and microphone off. */
function closeMedia(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
