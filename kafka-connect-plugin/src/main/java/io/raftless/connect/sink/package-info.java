/**
 * Topics to logs, exactly once: each original topic-partition is a writer id on one partition of a
 * log, and its position in Kafka is stored in that partition's head, together with the records.
 */
@NullMarked
package io.raftless.connect.sink;

import org.jspecify.annotations.NullMarked;
