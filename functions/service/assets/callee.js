/** Fetches the calls that ring, and handles the new ones. */
async function checkCalls() {
  const answer = await ask("GET", "/calls");
  if (answer.errno === ERRNO.unauthorized) return sessionGone();
  const { calls } = granted(answer);
  links.forgetExpired();
  for (const incoming of calls) {
    if (!settled.has(incoming.call_id)) arrived(incoming);
  }
}

function showHome(state, text) {
  callView.close();
  say(state, text);
  showView("home");
}

/**
 * Fetches the calls, if this browser gets calls. A failure is only reported, since the next
 * occasion fetches again.
 */
function look() {
  if (memory.get("wanted")) checkCalls().catch(reportUnexpected);
}

/** Takes over what has changed in another tab. */
function follow() {
  links.show();
  if (reach.follow() && !current) showHome("idle", texts.disabled);
}

/**
 * Forgets the links and stops getting calls: no browser can receive calls for an expired session.
 */
async function sessionGone() {
  links.forgetAll();
  say("session-gone", texts.session_gone);
  await reach.disable().catch(reportUnexpected);
}

/** Handles an unexpected error, which ends all calls. */
function brokeDown() {
  say("failed", texts.failed);
}

/** Runs the action of a button, and shows the problem if it fails. */
async function attempt(button, state, text, action) {
  button.disabled = true;
  say("working", texts.enabling);
  try {
    await action();
    say(state, text);
  } catch (problem) {
    reportUnexpected(problem);
    if (problem.state) say(problem.state, problem.message);
  }
  button.disabled = false;
}

function start() {
  reach.check = checkCalls;
  links.start();
  const enable = ({ currentTarget: button }) =>
    attempt(button, "ready", "", async () => {
      await reach.enable();
      showView("home", element("remote-id"));
      look();
    });
  element("enable").onclick = enable;
  element("notifications").onclick = enable;
  element("disable").onclick = ({ currentTarget: button }) =>
    attempt(button, "idle", texts.disabled, async () => {
      await reach.disable();
      showView("home", element("enable"));
    });
  navigator.serviceWorker?.addEventListener("message", look);
  addEventListener("storage", follow);
  // Pages that were suspended have missed what was stored meanwhile.
  for (const event of ["focus", "online", "pageshow"]) {
    addEventListener(event, () => {
      follow();
      look();
    });
  }
  document.addEventListener("visibilitychange", look);
  if (!canCall()) say("unsupported", texts.unsupported);
  if (memory.get("wanted")) reach.resume();
}

start();
