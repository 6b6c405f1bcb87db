/**
 * Stops everything after an unexpected error, since the state of the page is unknown then: ends all
 * calls, which tells their other sides, switches the cameras off, and tells the visitor. All errors
 * but Problems, which are expected, get here, as none of them is caught before. `brokeDown` belongs
 * to the page.
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
    // Extensions of the browser run in this page, too. Errors that they throw are ignored, unless
    // this page has called them.
    const isTheirs = places.includes("-extension:") && !places.includes(location.origin);
    if (!isTheirs) breakDown();
  });
}

/** Takes every step, even if others throw. */
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
 * Reports an unexpected rejection of a promise that no code awaits. Browsers do not report every
 * rejected promise to the window.
 */
function reportUnexpected(error) {
  if (error instanceof Problem) return;
  console.error(error);
  breakDown();
}
