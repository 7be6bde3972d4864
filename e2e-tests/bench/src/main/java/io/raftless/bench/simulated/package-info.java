/** Experiments on a simulated S3, and those that count requests. */
@NullMarked
package io.raftless.bench.simulated;

import org.jspecify.annotations.NullMarked;
