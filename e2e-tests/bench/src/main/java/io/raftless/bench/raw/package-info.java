/** The yardstick below everything: the same requests by the same SDK client, and nothing else. */
@NullMarked
package io.raftless.bench.raw;

import org.jspecify.annotations.NullMarked;
