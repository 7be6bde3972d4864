/**
 * The real code under a simulated store, clock and scheduler: one thread at a time, one seed one
 * run, byte by byte.
 *
 * <p>Reading order: {@link io.raftless.sim.Plan} is what a seed means, {@link
 * io.raftless.sim.Simulation} runs it. A {@link io.raftless.sim.World} has {@link
 * io.raftless.sim.Machine}s that share one {@link io.raftless.sim.Disk}; a {@link
 * io.raftless.sim.Schedule} decides what happens next. Whatever happens is in the {@link
 * io.raftless.sim.Journal}. See docs/verification.md.
 */
@NullMarked
package io.raftless.sim;

import org.jspecify.annotations.NullMarked;
