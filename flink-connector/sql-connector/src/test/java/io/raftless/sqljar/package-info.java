/** What is in the SQL connector's jar, and that it works with nothing but Flink next to it. */
@NullMarked
package io.raftless.sqljar;

import org.jspecify.annotations.NullMarked;
