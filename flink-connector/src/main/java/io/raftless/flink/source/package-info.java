/** Reading a log from Flink: {@link io.raftless.flink.source.RaftlessSource}. */
@NullMarked
package io.raftless.flink.source;

import org.jspecify.annotations.NullMarked;
