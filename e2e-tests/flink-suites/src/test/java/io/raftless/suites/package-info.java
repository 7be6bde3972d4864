/** The suites that Flink has for connectors, on ours. */
@NullMarked
package io.raftless.suites;

import org.jspecify.annotations.NullMarked;
