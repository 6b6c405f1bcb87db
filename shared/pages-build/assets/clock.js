/**
 * The service's time, which decides what is still valid, since the clock of a device may be wrong.
 * It is never ahead: responses take their time, and `performance.now()` may stand still during
 * sleep.
 */
const clock = {
  /** Sets the time to the `Date` header of a response. */
  set(date) {
    const moment = Date.parse(date);
    if (moment) this.start = moment - performance.now();
  },

  /** Returns the time in seconds since 1970, or NaN as long as it is not known. */
  now() {
    return (this.start + performance.now()) / 1000;
  },
};
