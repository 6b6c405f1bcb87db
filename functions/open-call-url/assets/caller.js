const { callee } = page;
const named = (text, values) => fill(text, { name: callee, ...values });

element("expires").textContent = localTime(page.expires_at);
element("call").onclick = () => place(true);
element("call-audio").onclick = () => place(false);

/** Camera and microphone come first: nobody is rung by somebody who can't speak. */
async function place(wantsVideo) {
  const attempt = { wantsVideo };
  setButtons({ areDisabled: true });
  try {
    if (page.has_channel) await askForMedia(attempt);
    say("calling", named(texts.calling));
    const call_type = wantsVideo ? "audio-video" : "audio";
    const response = await askForCall(call_type);
    if (!response.ok) return refused(response, attempt);
    const placed = await response.json();
    delete keys[call_type];
    rings(placed, attempt);
  } catch (problem) {
    if (problem instanceof MediaProblem) giveUp(attempt, problem.state, problem.message);
    else giveUp(attempt, "unreachable", texts.unreachable);
  }
}

/** One for each kind of call, until there is an answer: a repeat with the same key is no second call. */
const keys = {};
/** After that long an old call is of no use any more. */
const KEY_PATIENCE = seconds(20);

/** Asks once more when the answer is lost. */
async function askForCall(call_type) {
  const headers = { "Idempotency-Key": keyFor(call_type) };
  const request = () => ask("POST", location.pathname, { call_type }, headers);
  const response = await request().catch(request);
  // Whether an outage has left a call behind, nobody knows. A refusal has not.
  if (response.status >= 400 && response.status < 500) delete keys[call_type];
  return response;
}

function keyFor(call_type) {
  const { since } = keys[call_type] ?? {};
  if (!(Date.now() - since < KEY_PATIENCE)) {
    keys[call_type] = { key: randomKey(), since: Date.now() };
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

/** Declined and busy look like absent: what the callee did is the callee's own business. */
function ended(outcome, attempt) {
  const state = outcome === "hung-up" ? "ended" : outcome;
  const text = outcome === "no-answer" ? texts.no_answer : endings[outcome];
  giveUp(attempt, state, named(text));
}

/** With another provider, this page can ring and no more. */
function ringsElsewhere(placed, attempt) {
  closeMedia(attempt.stream);
  if (attempt.isOver) return;
  showQuestion();
  // Without a number it was a repeat, and the first request has woken the devices.
  if (placed.notified !== 0) say("rung", named(texts.rung, placed));
  else say("unreached", named(texts.unreached));
  // Our clock may be wrong, but not the length of the ring.
  const left = Math.min(Math.max(placed.expires_at - Math.floor(Date.now() / 1000), 1), 600);
  setTimeout(() => giveUp(attempt, "no-answer", named(texts.no_answer)), seconds(left));
}

function refused(response, attempt) {
  const wait = { seconds: response.headers.get("Retry-After") ?? "60" };
  switch (response.status) {
    case 404:
    case 410:
      giveUp(attempt, "gone", named(texts.gone));
      return hideButtons();
    case 409:
      return giveUp(attempt, "no-device", named(texts.no_device));
    case 429:
      return giveUp(attempt, "too-many", named(texts.too_many, wait));
    case 503:
      return giveUp(attempt, "unavailable", named(texts.unavailable, wait));
    default:
      return giveUp(attempt, "failed", texts.failed);
  }
}

/** Says why it is over, and lets the visitor call again. */
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
