package io.raftless.sim;

/**
 * How often what goes wrong. Rates are per request, from 0 to 1.
 *
 * @param writes of conditional writes: lost answers, late landings, 409, 412 to one's own success,
 *     500, 503, refusals
 * @param reads of reads and lists that fail
 * @param deletes of deletes that fail, whether they were done or not, or are done late
 * @param bitFlips of range reads that come back with one bit changed
 * @param slow of requests that take a hundred times as long
 */
record Faults(double writes, double reads, double deletes, double bitFlips, double slow) {
  static final Faults NONE = new Faults(0, 0, 0, 0, 0);

  /** What happens to one conditional write. */
  enum OfWrite {
    /** It takes effect; the answer is lost. */
    RESPONSE_LOST,
    /** It is reported as timed out, and takes effect later. */
    LANDS_LATE,
    /** It takes no effect and is answered with a 500 or 503. */
    SERVER_ERROR,
    /** It takes effect and is answered with a 500. */
    SERVER_ERROR_BUT_APPLIED,
    /** It takes no effect and is answered with a 409, though nothing was in its way. */
    CONFLICT_FOR_NOTHING,
    /** It takes effect and is answered with a 412: something in between repeated it. */
    CONFLICT_WITH_ITSELF,
    /** It is answered with a 409 and takes effect later, sent once more by something in between. */
    CONFLICT_AND_LATE,
    /** It never arrives; nobody hears of it. */
    REQUEST_LOST
  }
}
