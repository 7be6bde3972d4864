/**
 * What surrounds the protocol: clock, randomness, threads. Injected, so that tests can own them.
 */
@NullMarked
package io.raftless.runtime;

import org.jspecify.annotations.NullMarked;
