/** What a log holds in memory. */
@NullMarked
package io.raftless.bench.memory;

import org.jspecify.annotations.NullMarked;
