/** Looks who is calling. */
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

/** Looks who is calling, if this browser gets calls. What goes wrong is tried again at another occasion. */
function look() {
  if (memory.get("wanted")) checkCalls().catch(reportUnexpected);
}

/** What is known in another tab is known here. */
function follow() {
  links.show();
  if (reach.follow() && !current) showHome("idle", texts.disabled);
}

/** The session has expired: the calls and links of its user are nobody's now. */
async function sessionGone() {
  links.forgetAll();
  say("session-gone", texts.session_gone);
  await reach.disable().catch(reportUnexpected);
}

/** Something was thrown that ends all calls. */
function brokeDown() {
  say("failed", texts.failed);
}

/** Does what a button says, and says what is wrong if it can't be done. */
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
  // Pages that were put aside have not heard of what was stored meanwhile.
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
