/**
 * From logs to topics. Read {@link io.raftless.connect.source.SourceControl} first, which is the
 * connector's side: it finds logs, pins where they are read from and shares them out; then {@link
 * io.raftless.connect.source.SourceReading}, which is a task.
 */
@NullMarked
package io.raftless.connect.source;

import org.jspecify.annotations.NullMarked;
