/** The call that rings or goes on in this page, if any. */
let current;
/** The ids of calls that this page has nothing more to do with. */
const settled = new Set();

const ofCaller = ({ remote_id }, text, values) => fill(text, { name: remote_id, ...values });

function arrived(incoming) {
  if (incoming.provider !== "direct") return arrivedElsewhere(incoming);
  if (current?.incoming.call_id === incoming.call_id) return;
  if (!current) current = new Ring(incoming);
  else if (current.isAnswered) refuseAsBusy(incoming);
  // While another call rings, this one waits: it is found again when that one is over.
}

function arrivedElsewhere(incoming) {
  settled.add(incoming.call_id);
  say("elsewhere", ofCaller(incoming, texts.elsewhere, incoming));
}

function refuseAsBusy(incoming) {
  settled.add(incoming.call_id);
  new Call("callee", incoming, { onStage: () => {}, onEnd: () => {} }).hangUp("busy");
}

/** One incoming call. It rings once the service has said that it is still ringing. */
class Ring {
  constructor(incoming) {
    this.incoming = incoming;
    this.call = new Call("callee", incoming, {
      onStage: (stage) => this.reached(stage),
      onEnd: (outcome) => this.ended(outcome),
      showRemote: (stream) => callView.showRemote(stream),
    });
  }

  reached(stage) {
    if (stage === "alerting") return this.ring();
    const [state, text] = stages[stage] ?? [];
    if (state) say(state, ofCaller(this.incoming, text));
  }

  ring() {
    element("ring-caller").textContent = this.incoming.remote_id;
    element("ring-initial").textContent = initial(this.incoming.remote_id);
    const hasVideo = this.incoming.call_type === "audio-video";
    element("answer-audio").hidden = !hasVideo;
    element("answer").onclick = () => this.answer(hasVideo).catch(reportUnexpected);
    element("answer-audio").onclick = () => this.answer(false).catch(reportUnexpected);
    element("decline").onclick = () => this.call.hangUp();
    setRingButtons({ areDisabled: false });
    this.isRinging = true;
    say("incoming", ofCaller(this.incoming, texts.incoming));
    showView("ring");
    ringTone.start();
  }

  /**
   * Answers the call. Camera and microphone are opened first, so that the caller does not wait for
   * them.
   */
  async answer(wantsVideo) {
    ringTone.stop();
    setRingButtons({ areDisabled: true });
    say("asking-media", wantsVideo ? texts.asking_media : texts.asking_microphone);
    try {
      const stream = await openMedia(wantsVideo);
      if (this.call.isOver) closeMedia(stream);
      else this.accept(stream);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (!this.call.isOver) this.hasNoMedia(problem, wantsVideo);
    }
  }

  hasNoMedia({ state, message }, wantsVideo) {
    say(state, message);
    setRingButtons({ areDisabled: false });
    element(wantsVideo ? "answer-audio" : "answer").focus();
  }

  accept(stream) {
    this.isAnswered = true;
    this.call.setStream(stream);
    this.call.accept();
    say("connecting", texts.connecting);
    callView.open(this.incoming.remote_id, () => this.call.hangUp());
    callView.showLocal(stream);
  }

  ended(outcome) {
    ringTone.stop();
    if (current === this) current = undefined;
    if (this.isRinging) this.sayEnding(outcome);
    // If only the service was gone, the call may ring again.
    if (outcome === "unreachable" && !this.isAnswered) return;
    settled.add(this.incoming.call_id);
    look();
  }

  sayEnding(outcome) {
    const [state, text] = this.isAnswered
      ? [endStates[outcome] ?? outcome, endings[outcome]]
      : ringEndings[outcome];
    showHome(state, ofCaller(this.incoming, text ?? texts.failed));
  }
}

/** The states and texts for the ends of a ring that was not answered. */
const ringEndings = {
  "hung-up": ["declined", texts.declined],
  "no-answer": ["missed", texts.missed],
  cancelled: ["cancelled", texts.cancelled],
  ended: ["cancelled", texts.cancelled],
  "answered-elsewhere": ["answered-elsewhere", texts.answered_elsewhere],
  "not-connected": ["missed", texts.missed],
  unreachable: ["unreachable", texts.unreachable],
  failed: ["missed", texts.missed],
  broken: ["failed", texts.failed],
  left: ["idle", ""],
};

function setRingButtons({ areDisabled }) {
  for (const id of ["answer", "answer-audio"]) element(id).disabled = areDisabled;
}
