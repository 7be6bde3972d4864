/**
 * Records and the bytes they become: batch blocks; WAL objects, which hold blocks of several
 * partitions; segments, which hold blocks of one; and the lists that say where their records came
 * from. The byte layout is in {@code docs/format.md}; test vectors pin it.
 */
@NullMarked
package io.raftless.format;

import org.jspecify.annotations.NullMarked;
