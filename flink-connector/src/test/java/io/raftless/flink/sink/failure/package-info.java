/**
 * The sink under failures, on a Flink cluster and an S3 server in this JVM.
 *
 * <p>Reading order: {@link io.raftless.flink.sink.failure.Place} names the steps that a sink takes,
 * {@link io.raftless.flink.sink.failure.Effect} what can happen to one, {@link
 * io.raftless.flink.sink.failure.Script} which of them happens to which; {@link
 * io.raftless.flink.sink.failure.ScriptedSink}, its store and {@link
 * io.raftless.flink.sink.failure.ScriptedMap} are around the sink and do as the script says; {@link
 * io.raftless.flink.sink.failure.Scenario} is one log with its jobs, and what must be true of it at
 * the end.
 */
@NullMarked
package io.raftless.flink.sink.failure;

import org.jspecify.annotations.NullMarked;
