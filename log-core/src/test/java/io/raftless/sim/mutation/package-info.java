/**
 * Shows that the checks of the simulator can fail: bugs of the protocol, put into the real code one
 * at a time, are each found by a check that the table names, docs/mutants.md.
 */
@NullMarked
package io.raftless.sim.mutation;

import org.jspecify.annotations.NullMarked;
