// A page's use of cameras and connections, seen from inside the page.

/**
 * Watches a page from before its first script on, and sets `globalThis.media` in it.
 *
 * @param {import("puppeteer-core").Page} page
 */
export async function watchMedia(page) {
  await page.evaluateOnNewDocument(() => {
    const connections = [];
    const streams = [];
    const moments = {};

    const statistics = async () => {
      const reports = await Promise.all(connections.map((connection) => connection.getStats()));
      return reports.flatMap((report) => [...report.values()]);
    };
    const framesDecoded = async () => {
      const video = (await statistics()).filter(
        ({ type, kind }) => type === "inbound-rtp" && kind === "video",
      );
      return video.reduce((sum, { framesDecoded: count = 0 }) => sum + count, 0);
    };
    const route = async () => {
      const all = await statistics();
      const pair = all.find(
        ({ type, nominated, state }) => type === "candidate-pair" && nominated && state === "succeeded",
      );
      return all.find(({ id }) => id === pair?.localCandidateId)?.candidateType;
    };
    const isRecording = () =>
      streams.some((stream) => stream.getTracks().some(({ readyState }) => readyState === "live"));
    const switchedOff = () =>
      (streams.at(-1)?.getTracks() ?? []).filter(({ enabled }) => !enabled).map(({ kind }) => kind).sort();

    const awaitFirstFrame = async () => {
      while (!moments.frame) {
        if ((await framesDecoded()) > 0) moments.frame = Date.now();
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    addEventListener(
      "click",
      ({ target }) => {
        if (target.closest?.("#call, #call-audio")) moments.click = Date.now();
        if (target.closest?.("#answer, #answer-audio")) moments.answer = Date.now();
      },
      { capture: true },
    );

    if (globalThis.RTCPeerConnection) {
      globalThis.RTCPeerConnection = class extends RTCPeerConnection {
        constructor(configuration) {
          super(media.alter(configuration));
          connections.push(this);
          if (connections.length === 1) awaitFirstFrame();
        }
      };
    }
    if (navigator.mediaDevices) {
      const getUserMedia = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      navigator.mediaDevices.getUserMedia = async (constraints) => {
        const stream = await getUserMedia(constraints);
        streams.push(stream);
        return stream;
      };
    }
    // A test may replace this to alter the configuration of connections.
    const alter = (configuration) => configuration;
    globalThis.media = { moments, framesDecoded, route, isRecording, switchedOff, alter };
  });
}
