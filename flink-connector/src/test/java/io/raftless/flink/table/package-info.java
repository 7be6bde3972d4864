/** Tests of logs as tables. */
@NullMarked
package io.raftless.flink.table;

import org.jspecify.annotations.NullMarked;
