/** Writing a log from Flink, exactly once: {@link io.raftless.flink.sink.RaftlessSink}. */
@NullMarked
package io.raftless.flink.sink;

import org.jspecify.annotations.NullMarked;
