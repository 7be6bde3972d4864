/** What the tests of sink and source share. */
@NullMarked
package io.raftless.flink.testing;

import org.jspecify.annotations.NullMarked;
