package io.raftless.log;

import org.jspecify.annotations.Nullable;

/**
 * The right to append to one partition as a writer id. It holds until another holder acquires the
 * same writer id on that partition; after that no append under this claim commits (design §2.4).
 *
 * @param partition the partition
 * @param writerId the stable name of the logical writer
 * @param holder the incarnation of the writer that acquired
 * @param epoch what acquire gave
 * @param position what the writer id last stored with its records, or null if nothing yet
 */
public record WriterClaim(
    int partition, String writerId, String holder, long epoch, @Nullable String position) {}
