package io.raftless.flink.table;

import static io.raftless.flink.table.RaftlessConnectorOptions.LOG;
import static io.raftless.flink.table.RaftlessConnectorOptions.LOG_PATTERN;
import static io.raftless.flink.table.RaftlessConnectorOptions.SINK_COMPACT_AFTER_COMMIT;
import static io.raftless.flink.table.RaftlessConnectorOptions.SINK_COMPRESSION;
import static io.raftless.flink.table.RaftlessConnectorOptions.SINK_CREATE_PARTITIONS;
import static io.raftless.flink.table.RaftlessConnectorOptions.SINK_DELIVERY_GUARANTEE;
import static io.raftless.flink.table.RaftlessConnectorOptions.SINK_ID;
import static io.raftless.flink.table.RaftlessConnectorOptions.SINK_OBJECT_SIZE;
import static io.raftless.flink.table.RaftlessConnectorOptions.SINK_ON_REWIND;
import static io.raftless.flink.table.RaftlessConnectorOptions.SINK_PARALLELISM;

import io.raftless.flink.sink.OnRewind;
import io.raftless.format.Compression;
import io.raftless.log.LogId;
import io.raftless.log.StagerOptions;
import io.raftless.store.s3.S3Settings;
import java.util.List;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.table.api.ValidationException;
import org.jspecify.annotations.Nullable;

/**
 * What the options say about writing, checked.
 *
 * @param sinkId null if the guarantee needs none
 * @param createPartitions null if a missing log is an error
 * @param parallelism null for that of the job
 */
record SinkTableSettings(
    S3Settings store,
    LogId log,
    @Nullable String sinkId,
    DeliveryGuarantee guarantee,
    OnRewind onRewind,
    @Nullable Integer createPartitions,
    boolean compactAfterCommit,
    Compression compression,
    int objectBytes,
    @Nullable Integer parallelism) {
  private static final int MAX_PARTITIONS = 10_000;
  private static final int MAX_SINK_ID_LENGTH = 200;

  static SinkTableSettings of(ReadableConfig options) {
    List<LogId> logs = LogNames.listed(options);
    if (options.getOptional(LOG_PATTERN).isPresent()) {
      throw Options.invalid(
          LOG_PATTERN,
          options.get(LOG_PATTERN),
          "a table that is written is one log: set '" + LOG.key() + "' instead");
    }
    if (logs.isEmpty()) {
      throw Options.missing(LOG, "name the log to write");
    }
    if (logs.size() > 1) {
      throw Options.invalid(
          LOG,
          String.join(";", options.get(LOG)),
          "a table that is written is one log: name one, or make a table for each");
    }
    Integer createPartitions = options.getOptional(SINK_CREATE_PARTITIONS).orElse(null);
    if (createPartitions != null && (createPartitions < 1 || createPartitions > MAX_PARTITIONS)) {
      throw Options.invalid(
          SINK_CREATE_PARTITIONS, createPartitions, "choose 1 to " + MAX_PARTITIONS);
    }
    Integer parallelism = options.getOptional(SINK_PARALLELISM).orElse(null);
    if (parallelism != null && parallelism < 1) {
      throw Options.invalid(SINK_PARALLELISM, parallelism, "choose at least 1");
    }
    DeliveryGuarantee guarantee = options.get(SINK_DELIVERY_GUARANTEE);
    boolean compact = options.get(SINK_COMPACT_AFTER_COMMIT);
    if (compact && guarantee != DeliveryGuarantee.EXACTLY_ONCE) {
      throw Options.invalid(
          SINK_COMPACT_AFTER_COMMIT,
          true,
          "only exactly-once commits at checkpoints, and '"
              + SINK_DELIVERY_GUARANTEE.key()
              + "' is '"
              + guarantee
              + "': leave it out, and have the log compacted by somebody else");
    }
    return new SinkTableSettings(
        StoreOptions.toSettings(options),
        logs.get(0),
        sinkId(options, guarantee),
        guarantee,
        options.get(SINK_ON_REWIND),
        createPartitions,
        compact,
        options.get(SINK_COMPRESSION),
        objectBytes(options),
        parallelism);
  }

  private static @Nullable String sinkId(ReadableConfig options, DeliveryGuarantee guarantee) {
    String sinkId = options.getOptional(SINK_ID).orElse(null);
    if (sinkId == null && guarantee == DeliveryGuarantee.EXACTLY_ONCE) {
      throw new ValidationException(
          "Option '"
              + SINK_ID.key()
              + "' is missing, but '"
              + SINK_DELIVERY_GUARANTEE.key()
              + "' is '"
              + guarantee
              + "': give this sink a name that stays the same over all restarts and upgrades and"
              + " that no other job uses, or choose 'at-least-once'.");
    }
    if (sinkId != null && guarantee != DeliveryGuarantee.EXACTLY_ONCE) {
      throw Options.invalid(
          SINK_ID,
          sinkId,
          "only exactly-once keeps older runs of a job from writing, and '"
              + SINK_DELIVERY_GUARANTEE.key()
              + "' is '"
              + guarantee
              + "': leave the sink id out, or the guarantee");
    }
    if (sinkId != null && (sinkId.isBlank() || sinkId.length() > MAX_SINK_ID_LENGTH)) {
      throw Options.invalid(
          SINK_ID, sinkId, "choose 1 to " + MAX_SINK_ID_LENGTH + " characters, not blank");
    }
    return sinkId;
  }

  private static int objectBytes(ReadableConfig options) {
    MemorySize size = options.get(SINK_OBJECT_SIZE);
    if (size.getBytes() > Integer.MAX_VALUE) {
      throw Options.invalid(SINK_OBJECT_SIZE, size, "choose 1 kb to 512 mb");
    }
    int bytes = (int) size.getBytes();
    StagerOptions unused =
        Options.checked(
            SINK_OBJECT_SIZE, size, value -> StagerOptions.defaults().withObjectBytes(bytes));
    return bytes;
  }
}
