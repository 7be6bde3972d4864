/**
 * The cursor of a consumer group in one partition, and every way it may change.
 *
 * <p>A cursor says up to where a group has read. It is an object of its own that is replaced by
 * compare-and-swap, as a head is: {@link io.raftless.cursor.Acknowledge} and {@link
 * io.raftless.cursor.Advance} move it forward and never back, {@link io.raftless.cursor.Reset}
 * places it anywhere and begins a new generation, so that what consumers of the generation before
 * still say does not move it.
 */
@NullMarked
package io.raftless.cursor;

import org.jspecify.annotations.NullMarked;
