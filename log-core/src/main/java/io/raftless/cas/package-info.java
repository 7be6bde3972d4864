/**
 * Changing one object with compare-and-swap when responses can get lost.
 *
 * <p>A {@link io.raftless.cas.Transition} says what should become of the object; a {@link
 * io.raftless.cas.CasCell} applies it, and keeps at it until the outcome is known or its time is
 * up, in which case it says "unknown" and not "failed" (design §4).
 */
@NullMarked
package io.raftless.cas;

import org.jspecify.annotations.NullMarked;
