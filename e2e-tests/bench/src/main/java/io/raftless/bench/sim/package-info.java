/**
 * A model of S3 Standard around any store: latencies, limits, and the bill. See {@link
 * io.raftless.bench.sim.S3Model} for the figures and where they are from.
 */
@NullMarked
package io.raftless.bench.sim;

import org.jspecify.annotations.NullMarked;
