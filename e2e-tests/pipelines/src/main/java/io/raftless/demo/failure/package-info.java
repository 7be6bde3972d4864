/**
 * Failures that strike a job where it hurts, each exactly once: {@link
 * io.raftless.demo.failure.FailurePlan} says when, the other classes strike.
 */
@NullMarked
package io.raftless.demo.failure;

import org.jspecify.annotations.NullMarked;
