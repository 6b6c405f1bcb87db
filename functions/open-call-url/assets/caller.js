const { callee } = page;
const named = (text, values) => fill(text, { name: callee, ...values });

element("expires").textContent = localTime(page.expires_at);
element("call").onclick = () => place(true);
element("call-audio").onclick = () => place(false);

/** The last attempt to call. */
let current;

/**
 * Opens camera and microphone first, so that no caller rings who can't speak, and then places a
 * call.
 */
async function place(wantsVideo) {
  const attempt = (current = { wantsVideo });
  setButtons({ areDisabled: true });
  try {
    if (page.has_channel) await askForMedia(attempt);
    say("calling", named(texts.calling));
    rings(await askForCall(wantsVideo ? "audio-video" : "audio"), attempt);
  } catch (problem) {
    if (!(problem instanceof Problem)) return reportUnexpected(problem);
    giveUp(attempt, problem.state, problem.message);
    if (problem.state === "gone") hideButtons();
  }
}

/** Handles an unexpected error, which ends all calls and attempts. */
function brokeDown() {
  if (current) giveUp(current, "failed", texts.failed);
  say("failed", texts.failed);
}

/**
 * One key for each type of call, until there is a response: a repeat with the same key places no
 * second call.
 */
const keys = {};
/** Time after which an earlier call is of no use any more. */
const KEY_PATIENCE = seconds(20);

/** Places a call, and asks once more if the response is lost. Returns the call that was placed. */
async function askForCall(call_type) {
  const headers = { "Idempotency-Key": keyFor(call_type) };
  const request = () => ask("POST", location.pathname, { call_type }, headers);
  const answer = await request().catch(request);
  // After an outage, a call may have been placed. After a refusal, there is none.
  if (answer.status < 500) delete keys[call_type];
  if (answer.isOk) return answer.content;
  // An earlier attempt has left a call that is over by now. With another key, it is another call.
  if (answer.errno === ERRNO.callOver) return askForCall(call_type);
  throw refusedCall(answer);
}

function keyFor(call_type) {
  const { since } = keys[call_type] ?? {};
  if (!(performance.now() - since < KEY_PATIENCE)) {
    keys[call_type] = { key: randomKey(), since: performance.now() };
  }
  return keys[call_type].key;
}

function randomKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function askForMedia(attempt) {
  const { wantsVideo } = attempt;
  say("asking-media", wantsVideo ? texts.asking_media : texts.asking_microphone);
  attempt.stream = await openMedia(wantsVideo);
  callView.open(callee, () => giveUp(attempt, "ended", texts.hung_up));
  callView.showLocal(attempt.stream);
}

/** Ends an attempt that is not a call yet, once. */
function giveUp(attempt, state, text) {
  if (attempt.isOver) return;
  attempt.isOver = true;
  closeMedia(attempt.stream);
  backToQuestion(state, text);
}

function rings(placed, attempt) {
  if (placed.provider !== "direct") return ringsElsewhere(placed, attempt);
  const call = new Call("caller", placed, {
    onStage: showStage,
    onEnd: (outcome) => ended(outcome, attempt),
    showRemote: (stream) => callView.showRemote(stream),
  });
  call.setStream(attempt.stream);
  // The visitor has hung up while the service was still placing the call.
  if (attempt.isOver) call.hangUp();
  else element("hang-up").onclick = () => call.hangUp();
}

function showStage(stage) {
  const own = {
    init: ["ringing-soon", texts.ringing_soon],
    alerting: ["ringing", texts.ringing],
  };
  const [state, text] = own[stage] ?? stages[stage] ?? [];
  if (state) say(state, named(text));
}

/**
 * Shows how the call ended. Declined and busy look like absent, to keep it the callee's own
 * business.
 */
function ended(outcome, attempt) {
  const state = endStates[outcome] ?? outcome;
  const text = outcome === "no-answer" ? texts.no_answer : endings[outcome];
  giveUp(attempt, state, named(text));
}

/** The longest time that the service lets a call ring, in seconds. */
const RING_MAX = 600;

/** Rings with another provider, with which this page can do no more. */
function ringsElsewhere(placed, attempt) {
  closeMedia(attempt.stream);
  if (attempt.isOver) return;
  showQuestion();
  // A response to a repeat has null here: the first request has woken the devices.
  if ([0, false].includes(placed.notified)) say("unreached", named(texts.unreached));
  else say("rung", named(texts.rung, placed));
  const left = Math.min(Math.max(placed.expires_at - clock.now(), 1), RING_MAX) || RING_MAX;
  setTimeout(() => giveUp(attempt, "no-answer", named(texts.no_answer)), seconds(left));
}

/** Returns the problem to show if there will be no call. */
function refusedCall(answer) {
  const { wait = 60 } = answer;
  switch (answer.errno) {
    case ERRNO.invalidToken:
    case ERRNO.gone:
      return new Problem("gone", named(texts.gone));
    case ERRNO.noDevice:
      return new Problem("no-device", named(texts.no_device));
    case ERRNO.tooMany:
      return new Problem("too-many", named(texts.too_many, { seconds: wait }));
    default:
      return refusal(answer);
  }
}

/** Shows why the call is over, and lets the visitor call again. */
function backToQuestion(state, text) {
  say(state, text);
  setButtons({ areDisabled: false });
  element("call-label").textContent = named(texts.again);
  showQuestion(element("call"));
}

function showQuestion(focused) {
  callView.close();
  showView("question", focused);
}

function setButtons({ areDisabled }) {
  for (const id of ["call", "call-audio"]) element(id).disabled = areDisabled;
}

function hideButtons() {
  element("actions").hidden = true;
  showView("question");
}

if (page.has_channel && !canCall()) {
  say("unsupported", texts.unsupported);
  hideButtons();
}
