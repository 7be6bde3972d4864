/**
 * What users of the log hold in their hands: a {@link io.raftless.log.RaftlessLog} and its writers,
 * stagers and readers.
 */
@NullMarked
package io.raftless.log;

import org.jspecify.annotations.NullMarked;
