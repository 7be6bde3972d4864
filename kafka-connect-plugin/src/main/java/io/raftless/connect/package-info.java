/**
 * The Kafka Connect sink and source. {@code RaftlessSinkConnector} writes topics to logs, {@code
 * RaftlessSourceConnector} logs to topics, each exactly once.
 */
@NullMarked
package io.raftless.connect;

import org.jspecify.annotations.NullMarked;
