/** The streams that have been opened and not been closed. */
const openStreams = new Set();

const canCall = () => Boolean(navigator.mediaDevices?.getUserMedia && globalThis.RTCPeerConnection);

/** Opens the microphone, and the camera if it is wanted. Fails with a Problem. */
async function openMedia(wantsVideo) {
  if (!canCall()) throw new Problem("unsupported", texts.unsupported);
  const video = wantsVideo && { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 720 } };
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video });
    openStreams.add(stream);
    return stream;
  } catch (error) {
    throw await problemOf(error, wantsVideo);
  }
}

async function problemOf(error, wantsVideo) {
  switch (error.name) {
    case "NotAllowedError":
    case "SecurityError":
      return new Problem("media-denied", wantsVideo ? texts.media_denied : texts.microphone_denied);
    case "NotFoundError":
    case "OverconstrainedError":
      return new Problem(
        "media-missing",
        wantsVideo && (await hasMicrophone()) ? texts.camera_missing : texts.microphone_missing,
      );
    default:
      return new Problem("media-missing", texts.media_in_use);
  }
}

async function hasMicrophone() {
  const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
  return devices.some((device) => device.kind === "audioinput");
}

/** Switches the camera and the microphone of a stream off. */
function closeMedia(stream) {
  openStreams.delete(stream);
  for (const track of stream?.getTracks() ?? []) track.stop();
}
