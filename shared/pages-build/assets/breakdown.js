/**
 * Something was thrown in this page that nobody has expected, so what state it is in is not known
 * any more. Nobody is left waiting then: all calls end, and their other sides are told; cameras are
 * off; the visitor is told. All that is thrown gets here, as long as nothing is caught but what
 * is expected, which is a Problem. `brokeDown` is the page's own.
 */
function breakDown({ filename, error, reason = error }) {
  // Extensions of the browser run in this page, too, and what they throw is theirs.
  if (/-extension:/.test(`${filename} ${reason?.stack}`)) return;
  inAnyCase(
    ...Array.from(Call.live, (call) => () => call.fail()),
    ...Array.from(openStreams, (stream) => () => closeMedia(stream)),
    brokeDown,
  );
}

for (const event of ["error", "unhandledrejection"]) addEventListener(event, breakDown);

/** Takes every step, also when others throw. */
function inAnyCase(...steps) {
  for (const step of steps) {
    try {
      step();
    } catch (error) {
      console.error(error);
    }
  }
}

/** For whom will try again anyway: what is no Problem gets to the window, as if nobody had caught it. */
function reportUnexpected(error) {
  if (!(error instanceof Problem)) Promise.reject(error);
}
