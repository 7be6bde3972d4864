package io.raftless.flink.source;

import io.raftless.log.LogId;
import io.raftless.log.ReaderOptions;
import io.raftless.store.StoreFactory;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * What a source was told; it travels in the job graph.
 *
 * @param stop where to stop; null to read on forever
 */
record SourceSettings<T>(
    StoreFactory store,
    LogId log,
    StartPosition start,
    @Nullable StopPosition stop,
    RaftlessDeserializer<T> deserializer,
    ReaderOptions readerOptions)
    implements Serializable {}
