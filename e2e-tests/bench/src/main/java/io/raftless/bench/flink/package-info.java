/** Experiments with Flink's connectors for files and for Kafka beside ours, on one cluster. */
@NullMarked
package io.raftless.bench.flink;

import org.jspecify.annotations.NullMarked;
