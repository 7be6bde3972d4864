/** What source and sink tell Flink's metrics about the store and the log. Not for users. */
@NullMarked
package io.raftless.flink.metrics;

import org.jspecify.annotations.NullMarked;
