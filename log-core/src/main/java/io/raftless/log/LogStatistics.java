package io.raftless.log;

/**
 * What an open log has met since it was opened, over everything that was made from it. All but
 * {@code uploadsInFlight} only grow.
 *
 * @param casConflicts conditional writes of heads that lost against another writer's; each was
 *     decided again on what was there then
 * @param unknownsResolved changes of heads whose answer was lost at least once, and of which it was
 *     found out all the same what became of them
 * @param unknownsLeft changes of heads that ended with {@link RaftlessException.UnknownOutcome}
 * @param uploadsInFlight WAL objects that are being encoded or uploaded now
 */
public record LogStatistics(
    long casConflicts, long unknownsResolved, long unknownsLeft, int uploadsInFlight) {}
