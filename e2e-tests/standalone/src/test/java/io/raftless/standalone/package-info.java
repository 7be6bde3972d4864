/** A Flink cluster of processes, and what it does when one of them is killed. */
@NullMarked
package io.raftless.standalone;

import org.jspecify.annotations.NullMarked;
