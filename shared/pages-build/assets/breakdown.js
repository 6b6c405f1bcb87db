/**
 * Something was thrown in this page that nobody has expected, so what state it is in is not known
 * any more. Nobody is left waiting then: all calls end, and their other sides are told; cameras are
 * off; the visitor is told. All that is thrown gets here, as nothing is caught but what is
 * expected, which is a Problem. `brokeDown` is the page's own.
 */
function breakDown() {
  inAnyCase(
    ...Array.from(Call.live, (call) => () => call.fail()),
    ...Array.from(openStreams, (stream) => () => closeMedia(stream)),
    brokeDown,
  );
}

for (const event of ["error", "unhandledrejection"]) {
  addEventListener(event, ({ filename, error, reason = error }) => {
    const places = `${filename} ${reason?.stack}`;
    // Extensions of the browser run in this page, too. What they throw is theirs, unless we have called them.
    const isTheirs = places.includes("-extension:") && !places.includes(location.origin);
    if (!isTheirs) breakDown();
  });
}

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

/**
 * For all that goes on for a while, and whose outcome nobody waits for. Browsers do not tell the
 * window of every promise that is rejected.
 */
function reportUnexpected(error) {
  if (error instanceof Problem) return;
  console.error(error);
  breakDown();
}
