/**
 * The index of a partition: which object holds which offsets. A persistent tree whose right spine
 * lives in the head and whose other nodes are immutable objects, so that a head stays small however
 * long the log is (design §5).
 */
@NullMarked
package io.raftless.index;

import org.jspecify.annotations.NullMarked;
