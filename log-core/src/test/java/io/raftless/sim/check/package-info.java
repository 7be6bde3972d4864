/**
 * Watches a run from outside of the code under test. The {@link io.raftless.sim.check.Shadow} reads
 * whatever is written to the store, by itself: it knows the JSON of heads and not the classes that
 * make it, so it accepts heads that the code would refuse. After every event the small classes that
 * implement {@link io.raftless.sim.check.Invariant} check, each one guarantee of docs/protocol.md;
 * {@link io.raftless.sim.check.Checks} has them all.
 */
@NullMarked
package io.raftless.sim.check;

import org.jspecify.annotations.NullMarked;
