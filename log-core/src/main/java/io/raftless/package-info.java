/**
 * Raftless: a partitioned, append-only log that lives in object storage and is coordinated by
 * nothing but conditional writes. The protocol on one page; its full text is {@code
 * docs/protocol.md}.
 *
 * <p>Read the packages in this order:
 *
 * <ol>
 *   <li>{@code store}: what the protocol asks of storage. A conditional write has three outcomes:
 *       stored, conflict, unknown.
 *   <li>{@code format}: records become batch blocks, blocks of several partitions become a WAL
 *       object.
 *   <li>{@code id}: labels, which name every immutable object and every write once and for all.
 *   <li>{@code cas}: changing one object by compare-and-swap when responses can get lost. A
 *       transition is a pure function; a cell applies it until its outcome is known.
 *   <li>{@code index}: which object holds which offsets. A persistent tree whose right spine is in
 *       the head.
 *   <li>{@code head}: the one mutable object of a partition, and the transitions on it: append,
 *       acquire, fence. Everything that an append depends on (is it there already, is the log open,
 *       is the writer current, is the offset right, is the label above the horizon) is in the very
 *       object that it replaces. That is why no lock, lease or clock is needed.
 *   <li>{@code cursor}: up to where a consumer group has read a partition, and how that may change.
 *   <li>{@code maintenance}: what keeps a log small: compaction, retention, vacuum, verification.
 *   <li>{@code log}: what users hold: logs and their administration, writers, stagers for two-phase
 *       commits, readers, consumer groups.
 * </ol>
 *
 * <p>An append in five lines: the writer puts a batch into a WAL object under a fresh label (one
 * PUT that makes nothing visible). The committer takes what is ready of every writer and computes
 * the next head: offsets from the sequence counter, entries at the end of the index, the hash chain
 * carried on. It replaces the head if nobody else has (one PUT, which makes all of it visible at
 * once). If somebody has, it decides anew on what is there. If nobody knows, it looks for its
 * label.
 */
@NullMarked
package io.raftless;

import org.jspecify.annotations.NullMarked;
