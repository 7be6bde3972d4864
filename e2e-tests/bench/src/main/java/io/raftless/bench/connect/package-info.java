/** Experiments with Connect's connectors for files beside ours, in one worker. */
@NullMarked
package io.raftless.bench.connect;

import org.jspecify.annotations.NullMarked;
