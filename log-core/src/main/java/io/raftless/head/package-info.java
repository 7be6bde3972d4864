/**
 * The head, the one mutable object of a partition, and every way it may change.
 *
 * <p>A {@code Transition} is a pure function from a head to its successor or to a refusal; {@code
 * CasLoop} applies it with one conditional write, again and again until the store has said what
 * became of it. All of fencing, ordering and exactly-once is decided inside transitions: what they
 * check is in the very object they replace.
 */
@NullMarked
package io.raftless.head;

import org.jspecify.annotations.NullMarked;
