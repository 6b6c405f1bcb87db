/** The interval at which the two soft notes are repeated. */
const RING_INTERVAL = seconds(3);
const NOTES = [
  { hertz: 659, at: 0 },
  { hertz: 523, at: 0.35 },
];

/** The sound of the ring. Browsers allow it once the visitor has clicked somewhere on the page. */
const ringTone = {
  start() {
    this.stop();
    if (!navigator.userActivation?.hasBeenActive) return;
    this.ring();
    this.timer = setInterval(() => this.ring(), RING_INTERVAL);
  },

  stop() {
    clearInterval(this.timer);
  },

  async ring() {
    try {
      this.audio ??= new AudioContext();
      await this.audio.resume();
      for (const note of NOTES) this.play(note);
    } catch {
      // The ring can still be seen.
    }
  },

  play({ hertz, at }) {
    const start = this.audio.currentTime + at;
    const volume = new GainNode(this.audio, { gain: 0 });
    volume.gain.setTargetAtTime(0.15, start, 0.02);
    volume.gain.setTargetAtTime(0, start + 0.1, 0.15);
    const note = new OscillatorNode(this.audio, { frequency: hertz });
    note.connect(volume).connect(this.audio.destination);
    note.start(start);
    note.stop(start + 1);
  },
};
