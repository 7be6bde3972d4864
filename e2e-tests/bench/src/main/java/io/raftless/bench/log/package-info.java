/** What the log itself does: append, read, compact. */
@NullMarked
package io.raftless.bench.log;

import org.jspecify.annotations.NullMarked;
