@NullMarked
package io.raftless.flink;

import org.jspecify.annotations.NullMarked;
