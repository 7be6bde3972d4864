/** Experiments against Kafka's own clients, and what others need of a broker. */
@NullMarked
package io.raftless.bench.kafka;

import org.jspecify.annotations.NullMarked;
