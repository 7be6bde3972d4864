/**
 * What the log costs, next to what people would use instead: {@code raftless bench}. An {@link
 * io.raftless.bench.Experiment} sets contestants side by side; a {@link io.raftless.bench.Target}
 * says which ratio of them is promised.
 */
@NullMarked
package io.raftless.bench;

import org.jspecify.annotations.NullMarked;
