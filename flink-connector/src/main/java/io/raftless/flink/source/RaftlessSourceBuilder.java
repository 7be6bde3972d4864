package io.raftless.flink.source;

import io.raftless.log.LogId;
import io.raftless.log.ReaderOptions;
import io.raftless.store.StoreFactory;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Collects the options of a {@link RaftlessSource}. Required: store, log, deserializer.
 *
 * <p>Not thread-safe. {@link #build} throws {@link IllegalStateException} for what is missing;
 * messages name the option and what to do.
 *
 * @param <T> type of the elements
 */
public final class RaftlessSourceBuilder<T> {
  private @Nullable StoreFactory store;
  private @Nullable LogId log;
  private StartPosition start = StartPosition.earliest();
  private @Nullable StopPosition stop;
  private @Nullable RaftlessDeserializer<T> deserializer;
  private ReaderOptions readerOptions = ReaderOptions.defaults();

  RaftlessSourceBuilder() {}

  /** The object store. Required. */
  public RaftlessSourceBuilder<T> setStore(StoreFactory store) {
    this.store = Objects.requireNonNull(store, "store");
    return this;
  }

  /** The log to read; it must exist. Required. */
  public RaftlessSourceBuilder<T> setLog(LogId log) {
    this.log = Objects.requireNonNull(log, "log");
    return this;
  }

  /** Where to start without a checkpoint. Default: {@link StartPosition#earliest}. */
  public RaftlessSourceBuilder<T> setStartPosition(StartPosition start) {
    this.start = Objects.requireNonNull(start, "startPosition");
    return this;
  }

  /** Makes the source bounded: where to stop. By default it reads on forever. */
  public RaftlessSourceBuilder<T> setStopPosition(StopPosition stop) {
    this.stop = Objects.requireNonNull(stop, "stopPosition");
    return this;
  }

  /** Makes elements of records. Required. */
  public RaftlessSourceBuilder<T> setDeserializer(RaftlessDeserializer<T> deserializer) {
    this.deserializer = Objects.requireNonNull(deserializer, "deserializer");
    return this;
  }

  /**
   * How each reader fetches ahead and polls, and what it does when an offset was trimmed. Default:
   * {@link ReaderOptions#defaults}.
   */
  public RaftlessSourceBuilder<T> setReaderOptions(ReaderOptions readerOptions) {
    this.readerOptions = Objects.requireNonNull(readerOptions, "readerOptions");
    return this;
  }

  /**
   * Makes the source.
   *
   * @throws IllegalStateException if a required option is missing
   */
  public RaftlessSource<T> build() {
    return new RaftlessSource<>(
        new SourceSettings<>(
            required(store, "store", "setStore(StoreFactory)"),
            required(log, "log", "setLog(LogId)"),
            start,
            stop,
            required(deserializer, "deserializer", "setDeserializer(RaftlessDeserializer)"),
            readerOptions));
  }

  private static <V> V required(@Nullable V value, String option, String setter) {
    if (value == null) {
      throw new IllegalStateException(option + " is missing: call " + setter);
    }
    return value;
  }
}
