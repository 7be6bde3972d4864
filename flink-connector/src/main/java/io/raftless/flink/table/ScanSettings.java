package io.raftless.flink.table;

import static io.raftless.flink.table.RaftlessConnectorOptions.GROUP;
import static io.raftless.flink.table.RaftlessConnectorOptions.GROUP_COMMIT_ON_CHECKPOINT;
import static io.raftless.flink.table.RaftlessConnectorOptions.LOG;
import static io.raftless.flink.table.RaftlessConnectorOptions.LOG_PATTERN;
import static io.raftless.flink.table.RaftlessConnectorOptions.PREFIX;
import static io.raftless.flink.table.RaftlessConnectorOptions.SCAN_BOUNDED_MODE;
import static io.raftless.flink.table.RaftlessConnectorOptions.SCAN_BOUNDED_SPECIFIC_OFFSETS;
import static io.raftless.flink.table.RaftlessConnectorOptions.SCAN_BOUNDED_TIMESTAMP_MILLIS;
import static io.raftless.flink.table.RaftlessConnectorOptions.SCAN_DISCOVERY_INTERVAL;
import static io.raftless.flink.table.RaftlessConnectorOptions.SCAN_ON_POISON;
import static io.raftless.flink.table.RaftlessConnectorOptions.SCAN_ON_REMOVED;
import static io.raftless.flink.table.RaftlessConnectorOptions.SCAN_ON_TRIMMED;
import static io.raftless.flink.table.RaftlessConnectorOptions.SCAN_PARALLELISM;
import static io.raftless.flink.table.RaftlessConnectorOptions.SCAN_RANGES_PER_PARTITION;
import static io.raftless.flink.table.RaftlessConnectorOptions.SCAN_STARTUP_GROUP_FALLBACK;
import static io.raftless.flink.table.RaftlessConnectorOptions.SCAN_STARTUP_MODE;
import static io.raftless.flink.table.RaftlessConnectorOptions.SCAN_STARTUP_SPECIFIC_OFFSETS;
import static io.raftless.flink.table.RaftlessConnectorOptions.SCAN_STARTUP_TIMESTAMP_MILLIS;

import io.raftless.flink.source.OnPoison;
import io.raftless.flink.source.OnRemoved;
import io.raftless.flink.source.StartPosition;
import io.raftless.flink.source.StopPosition;
import io.raftless.flink.table.RaftlessConnectorOptions.BoundedMode;
import io.raftless.flink.table.RaftlessConnectorOptions.GroupFallback;
import io.raftless.flink.table.RaftlessConnectorOptions.StartupMode;
import io.raftless.log.LogId;
import io.raftless.log.ReaderOptions.OnTrimmed;
import io.raftless.store.s3.S3Settings;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ReadableConfig;
import org.jspecify.annotations.Nullable;

/**
 * What the options say about reading, checked.
 *
 * @param logs to read; empty if there is a pattern
 * @param logPattern of the names of the logs to read; null if they are listed
 * @param stop where to stop; null to read on forever
 * @param group whose cursors are committed; null for none
 * @param discoveryInterval null for what the source does by itself
 * @param rangesPerPartition null for what the source does by itself
 * @param parallelism null for that of the job
 */
record ScanSettings(
    S3Settings store,
    String prefix,
    List<LogId> logs,
    @Nullable Pattern logPattern,
    StartPosition start,
    @Nullable StopPosition stop,
    @Nullable String group,
    boolean commitGroup,
    @Nullable Duration discoveryInterval,
    OnRemoved onRemoved,
    OnTrimmed onTrimmed,
    OnPoison onPoison,
    @Nullable Integer rangesPerPartition,
    @Nullable Integer parallelism) {

  /**
   * Reads the options.
   *
   * @param isBatch whether the job runs in batch mode, where tables end unless something else is
   *     said
   */
  static ScanSettings of(ReadableConfig options, boolean isBatch) {
    List<LogId> logs = LogNames.listed(options);
    Pattern pattern = logPattern(options);
    if (logs.isEmpty() == (pattern == null)) {
      throw pattern == null
          ? Options.missing(
              LOG, "name one or more logs, separated by ';', or set '" + LOG_PATTERN.key() + "'")
          : Options.invalid(
              LOG_PATTERN, pattern, "set either this or '" + LOG.key() + "', not both");
    }
    boolean isOneLog = logs.size() == 1;
    StartPosition start = start(options, isOneLog);
    StopPosition stop = stop(options, isOneLog, isBatch);
    String group = group(options);
    Duration interval = options.getOptional(SCAN_DISCOVERY_INTERVAL).orElse(null);
    if (interval != null && interval.isNegative()) {
      throw Options.invalid(
          SCAN_DISCOVERY_INTERVAL, interval, "choose a duration such as '30 s', or 0 for never");
    }
    Integer ranges = atLeastOne(options, SCAN_RANGES_PER_PARTITION);
    if (ranges != null && ranges > 1 && stop == null) {
      throw Options.invalid(
          SCAN_RANGES_PER_PARTITION,
          ranges,
          "an unbounded source reads each partition as one range: set '"
              + SCAN_BOUNDED_MODE.key()
              + "', or leave it out");
    }
    boolean commitGroup =
        group != null && options.getOptional(GROUP_COMMIT_ON_CHECKPOINT).orElse(true);
    if (ranges != null && ranges > 1 && commitGroup) {
      throw Options.invalid(
          SCAN_RANGES_PER_PARTITION,
          ranges,
          "a cursor cannot say how far several ranges of a partition were read: leave it out, or set"
              + " '"
              + GROUP_COMMIT_ON_CHECKPOINT.key()
              + "' = 'false'");
    }
    return new ScanSettings(
        StoreOptions.toSettings(options),
        options.get(PREFIX),
        logs,
        pattern,
        start,
        stop,
        group,
        commitGroup,
        interval,
        options.get(SCAN_ON_REMOVED),
        options.get(SCAN_ON_TRIMMED),
        options.get(SCAN_ON_POISON),
        ranges,
        atLeastOne(options, SCAN_PARALLELISM));
  }

  private static @Nullable Pattern logPattern(ReadableConfig options) {
    String text = options.getOptional(LOG_PATTERN).orElse(null);
    if (text == null) {
      return null;
    }
    try {
      return Pattern.compile(text);
    } catch (PatternSyntaxException e) {
      throw Options.invalid(
          LOG_PATTERN, text, "it is not a regular expression: " + e.getDescription());
    }
  }

  private static StartPosition start(ReadableConfig options, boolean isOneLog) {
    StartupMode mode = options.get(SCAN_STARTUP_MODE);
    if (mode != StartupMode.SPECIFIC_OFFSETS) {
      requireUnused(
          options, SCAN_STARTUP_SPECIFIC_OFFSETS, SCAN_STARTUP_MODE, StartupMode.SPECIFIC_OFFSETS);
    }
    boolean needsTime =
        mode == StartupMode.TIMESTAMP
            || (mode == StartupMode.GROUP_OFFSETS
                && options.get(SCAN_STARTUP_GROUP_FALLBACK) == GroupFallback.TIMESTAMP);
    if (!needsTime) {
      requireUnused(
          options, SCAN_STARTUP_TIMESTAMP_MILLIS, SCAN_STARTUP_MODE, StartupMode.TIMESTAMP);
    }
    return switch (mode) {
      case EARLIEST -> StartPosition.earliest();
      case LATEST -> StartPosition.latest();
      case TIMESTAMP -> startTime(options);
      case SPECIFIC_OFFSETS -> {
        String offsets =
            Options.required(
                options,
                SCAN_STARTUP_SPECIFIC_OFFSETS,
                "name the first offset of every partition, as 'partition:0,offset:42'");
        requireOneLog(SCAN_STARTUP_SPECIFIC_OFFSETS, offsets, isOneLog);
        yield StartPosition.offsets(OffsetList.parse(SCAN_STARTUP_SPECIFIC_OFFSETS, offsets));
      }
      case GROUP_OFFSETS -> {
        String group =
            Options.required(
                options, GROUP, "name the consumer group whose cursors are to be started from");
        StartPosition fallback =
            switch (options.get(SCAN_STARTUP_GROUP_FALLBACK)) {
              case EARLIEST -> StartPosition.earliest();
              case LATEST -> StartPosition.latest();
              case TIMESTAMP -> startTime(options);
            };
        yield Options.checked(GROUP, group, name -> StartPosition.group(name, fallback));
      }
    };
  }

  private static StartPosition startTime(ReadableConfig options) {
    return StartPosition.timestamp(
        Options.required(
            options,
            SCAN_STARTUP_TIMESTAMP_MILLIS,
            "say from which time on, in milliseconds since the epoch"));
  }

  private static @Nullable StopPosition stop(
      ReadableConfig options, boolean isOneLog, boolean isBatch) {
    BoundedMode mode =
        options
            .getOptional(SCAN_BOUNDED_MODE)
            .orElse(isBatch ? BoundedMode.LATEST : BoundedMode.UNBOUNDED);
    if (mode != BoundedMode.TIMESTAMP) {
      requireUnused(
          options, SCAN_BOUNDED_TIMESTAMP_MILLIS, SCAN_BOUNDED_MODE, BoundedMode.TIMESTAMP);
    }
    if (mode != BoundedMode.SPECIFIC_OFFSETS) {
      requireUnused(
          options, SCAN_BOUNDED_SPECIFIC_OFFSETS, SCAN_BOUNDED_MODE, BoundedMode.SPECIFIC_OFFSETS);
    }
    return switch (mode) {
      case UNBOUNDED -> null;
      case LATEST -> StopPosition.latest();
      case TIMESTAMP ->
          StopPosition.timestamp(
              Options.required(
                  options,
                  SCAN_BOUNDED_TIMESTAMP_MILLIS,
                  "say before which time to stop, in milliseconds since the epoch"));
      case SPECIFIC_OFFSETS -> {
        String offsets =
            Options.required(
                options,
                SCAN_BOUNDED_SPECIFIC_OFFSETS,
                "name the offset after the last one of every partition, as 'partition:0,offset:42'");
        requireOneLog(SCAN_BOUNDED_SPECIFIC_OFFSETS, offsets, isOneLog);
        yield StopPosition.offsets(OffsetList.parse(SCAN_BOUNDED_SPECIFIC_OFFSETS, offsets));
      }
    };
  }

  private static @Nullable String group(ReadableConfig options) {
    String group = options.getOptional(GROUP).orElse(null);
    if (group == null && options.getOptional(GROUP_COMMIT_ON_CHECKPOINT).orElse(false)) {
      throw Options.missing(
          GROUP,
          "'" + GROUP_COMMIT_ON_CHECKPOINT.key() + "' needs to know for which group, so name one");
    }
    return group == null ? null : Options.checked(GROUP, group, LogNames::requireGroup);
  }

  private static @Nullable Integer atLeastOne(
      ReadableConfig options, ConfigOption<Integer> option) {
    Integer value = options.getOptional(option).orElse(null);
    if (value != null && value < 1) {
      throw Options.invalid(option, value, "choose at least 1");
    }
    return value;
  }

  private static void requireOneLog(ConfigOption<?> option, String value, boolean isOneLog) {
    if (!isOneLog) {
      throw Options.invalid(
          option, value, "offsets fit one log only, and this table reads several: name one log");
    }
  }

  /** What is set but has no effect is a mistake. */
  private static void requireUnused(
      ReadableConfig options, ConfigOption<?> option, ConfigOption<?> mode, Object needed) {
    if (options.getOptional(option).isPresent()) {
      throw Options.invalid(
          option,
          options.get(option),
          "it has no effect unless '"
              + mode.key()
              + "' is '"
              + needed
              + "': set that, or leave this out");
    }
  }
}
