/**
 * The Apache Flink connector: a sink that writes a log exactly once ({@link
 * io.raftless.flink.sink.RaftlessSink}) and a source that reads it ({@link
 * io.raftless.flink.source.RaftlessSource}).
 */
@NullMarked
package io.raftless.flink;

import org.jspecify.annotations.NullMarked;
