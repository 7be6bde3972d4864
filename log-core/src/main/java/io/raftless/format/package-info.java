/**
 * Records and the bytes they become: batch blocks, and the WAL objects that hold blocks of several
 * partitions. The byte layout is in {@code docs/format.md}; a test vector pins it.
 */
@NullMarked
package io.raftless.format;

import org.jspecify.annotations.NullMarked;
