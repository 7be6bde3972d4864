package io.raftless.log;

import io.raftless.head.LogState;
import io.raftless.id.Incarnation;

/**
 * One log of a listing.
 *
 * @param id where it is
 * @param incarnation which creation of it
 * @param state whether it takes appends; deleted logs are listed, too
 * @param partitions how many it has
 */
public record LogSummary(LogId id, Incarnation incarnation, LogState state, int partitions) {}
