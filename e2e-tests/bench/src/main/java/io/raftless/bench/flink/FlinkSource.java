package io.raftless.bench.flink;

import io.raftless.bench.Contest;
import io.raftless.bench.Contestant;
import io.raftless.bench.Experiment;
import io.raftless.bench.Metric;
import io.raftless.bench.Sample;
import io.raftless.bench.Size;
import io.raftless.bench.Stage;
import io.raftless.bench.Target;
import io.raftless.bench.Usage;
import io.raftless.flink.source.RaftlessDeserializer;
import io.raftless.flink.source.RaftlessSource;
import io.raftless.flink.source.StartPosition;
import io.raftless.flink.source.StopPosition;
import io.raftless.log.StagerOptions;
import java.io.IOException;
import java.util.List;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.connector.file.src.FileSource;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.filesystem.PartFileInfo;
import org.apache.flink.streaming.api.functions.sink.filesystem.rollingpolicies.CheckpointRollingPolicy;

/** Reading all that is there with Flink, next to files on the same store and to Kafka. */
public final class FlinkSource implements Experiment {
  private static final String OURS = "RaftlessSource, not compressed";
  private static final String COMPACTED = "RaftlessSource, not compressed, compacted";
  private static final String USUAL = "RaftlessSource, zstd (the default)";
  private static final String FILES = "FileSource";
  private static final String KAFKA = "KafkaSource";
  private static final double GOAL = 0.95;

  /**
   * Of a full run. A round of ours has eight times as many requests as one of files, and each is
   * some hundreds of methods of the SDK: by round 30 they have been called often enough for the
   * last of them to be compiled. Those of files are not, and do not matter there.
   */
  private static final int FULL_WARM_UPS = 30;

  /** Of a full run: the median of 9 is exact to 0.03 of files, and the target is nearer. */
  private static final int FULL_ROUNDS = 25;

  @Override
  public String name() {
    return "flink-source";
  }

  @Override
  public String question() {
    return "How fast does a bounded Flink job read records of 1 KiB?";
  }

  @Override
  public int warmUps(Size size) {
    return size.pick(size.warmUps(), size.warmUps(), FULL_WARM_UPS);
  }

  @Override
  public int rounds(Size size) {
    return size.pick(size.rounds(), size.rounds(), FULL_ROUNDS);
  }

  @Override
  public Contest prepare(Stage stage) throws Exception {
    FlinkStage flink = FlinkStage.start(stage);
    long records = stage.size().pick(50_000L, 500_000L, 1_200_000L);
    flink.writeCompactedLog("compacted-log", records);
    flink.writeLog("log", records);
    flink.writeLog("small-log", flink.settings(), records, StagerOptions.defaults());
    flink.writeFiles("files", records, new SmallFiles());
    flink.writeTopic("topic", records);
    return new Contest(
        List.of(
            Contestant.of(OURS, round -> read(flink, log(flink, "log"), records)),
            Contestant.of(COMPACTED, round -> read(flink, log(flink, "compacted-log"), records)),
            Contestant.of(USUAL, round -> read(flink, log(flink, "small-log"), records)),
            Contestant.of(FILES, round -> read(flink, files(flink), records)),
            Contestant.of(KAFKA, round -> read(flink, topic(flink), records))),
        List.of(
            Target.atLeast(OURS + ", against FileSource", Metric.RECORDS, OURS, FILES, GOAL),
            Target.atLeast(
                COMPACTED + ", against FileSource", Metric.RECORDS, COMPACTED, FILES, GOAL),
            Target.atLeast(USUAL + ", against FileSource", Metric.RECORDS, USUAL, FILES, GOAL)));
  }

  private static Source<byte[], ?, ?> log(FlinkStage flink, String name) {
    return RaftlessSource.<byte[]>builder()
        .setStore(flink.settings())
        .setLog(FlinkStage.log(name))
        .setStartPosition(StartPosition.earliest())
        .setStopPosition(StopPosition.latest())
        .setDeserializer(RaftlessDeserializer.value(new Bytes()))
        .build();
  }

  private static Source<byte[], ?, ?> files(FlinkStage flink) {
    return FileSource.forRecordStreamFormat(new Frames.Reading(), flink.files("files")).build();
  }

  private static Source<byte[], ?, ?> topic(FlinkStage flink) {
    return KafkaSource.<byte[]>builder()
        .setBootstrapServers(flink.broker().address())
        .setTopics("topic")
        .setStartingOffsets(OffsetsInitializer.earliest())
        .setBounded(OffsetsInitializer.latest())
        .setValueOnlyDeserializer(new Bytes())
        .build();
  }

  private static Sample read(FlinkStage flink, Source<byte[], ?, ?> source, long records)
      throws Exception {
    StreamExecutionEnvironment environment = flink.cluster().environment();
    environment
        .fromSource(source, WatermarkStrategy.noWatermarks(), "source", Bytes.TYPE)
        .sinkTo(new CountingSink());
    CountingSink.reset();
    Usage.Used usage = flink.cluster().run(environment, "read");
    if (CountingSink.records() != records || CountingSink.bytes() != records * FlinkStage.BYTES) {
      throw new IllegalStateException(
          "of " + records + " records " + CountingSink.records() + " were read");
    }
    return FlinkStage.sample(records, usage);
  }

  /**
   * Enough files that both readers have work until the end. All are whole with a checkpoint: what
   * Flink's file system writes beside a file that is not, below the key of the file, is more than a
   * store on a file system can have.
   */
  private static final class SmallFiles extends CheckpointRollingPolicy<byte[], String> {
    private static final long serialVersionUID = 1L;
    private static final long MOST_BYTES = 32 << 20;

    @Override
    public boolean shouldRollOnEvent(PartFileInfo<String> file, byte[] element) throws IOException {
      return file.getSize() >= MOST_BYTES;
    }

    @Override
    public boolean shouldRollOnProcessingTime(PartFileInfo<String> file, long currentTime) {
      return false;
    }
  }
}
