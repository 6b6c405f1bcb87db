/**
 * The service's time, which decides what is still valid: the clock of a device may be wrong. It is
 * never ahead, as answers take their time, and what counts in between may stand still in sleep.
 */
const clock = {
  /** Takes the time of an answer, as its header says it. */
  set(date) {
    const moment = Date.parse(date);
    if (moment) this.start = moment - performance.now();
  },

  /** In seconds since 1970; not a number as long as nothing is known. */
  now() {
    return (this.start + performance.now()) / 1000;
  },
};
