/**
 * Decides whether what all clients of one partition were told fits one log. A {@link
 * io.raftless.sim.history.History} records calls and answers, with the times at which they were
 * made and heard; the {@link io.raftless.sim.history.LogChecker} looks for an order of the calls in
 * which a log that does one thing at a time would have given these answers. It knows nothing of
 * heads, objects or stores, so it shares no mistake with the code that it judges.
 */
@NullMarked
package io.raftless.sim.history;

import org.jspecify.annotations.NullMarked;
