package io.raftless.log;

import io.raftless.id.Incarnation;

/**
 * What a partition's head said when it was read.
 *
 * @param incarnation the log's incarnation
 * @param partition which partition
 * @param startOffset first readable offset
 * @param nextOffset the offset that the next record gets
 * @param fenced whether appends are refused
 * @param chain the hash chain at {@code nextOffset}, in hex
 */
public record PartitionStatus(
    Incarnation incarnation,
    int partition,
    long startOffset,
    long nextOffset,
    boolean fenced,
    String chain) {}
