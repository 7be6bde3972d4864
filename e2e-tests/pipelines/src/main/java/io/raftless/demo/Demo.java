package io.raftless.demo;

import io.raftless.demo.failure.FailingSink;
import io.raftless.demo.failure.FailingStoreFactory;
import io.raftless.demo.failure.FailurePlan;
import io.raftless.demo.input.NumberedLine;
import io.raftless.demo.jvm.JvmReference;
import io.raftless.demo.pace.Pacer;
import io.raftless.demo.verify.LogVerifier;
import io.raftless.demo.verify.ReadBack;
import io.raftless.demo.verify.ReadBackDeserializer;
import io.raftless.demo.verify.Verdict;
import io.raftless.embedded.EmbeddedS3Process;
import io.raftless.flink.sink.RaftlessSink;
import io.raftless.flink.source.RaftlessSource;
import io.raftless.flink.source.StartPosition;
import io.raftless.flink.source.StopPosition;
import io.raftless.log.LogId;
import io.raftless.store.StoreFactory;
import io.raftless.store.s3.S3Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.apache.flink.api.connector.sink2.Sink;

/**
 * The demo from start to end: an S3 server, a job that writes while failures strike, a job that
 * reads back, a verdict. Whatever it starts it stops, also when the JVM is told to end.
 */
final class Demo {
  /** A small file is spread over so many checkpoints, however small it is. */
  private static final int LEAST_CHECKPOINTS = 12;

  private final DemoSettings settings;
  private final Progress progress;
  private final SinkVariant sinkVariant;

  Demo(DemoSettings settings, Progress progress) {
    this(settings, progress, sink -> sink);
  }

  Demo(DemoSettings settings, Progress progress, SinkVariant sinkVariant) {
    this.settings = settings;
    this.progress = progress;
    this.sinkVariant = sinkVariant;
  }

  /** Another sink in the place of ours: tests show with a bad one that the verdict is not fixed. */
  @FunctionalInterface
  interface SinkVariant {
    Sink<NumberedLine> of(FailingSink<NumberedLine, ?, ?, ?> sink);
  }

  /**
   * Runs the demo.
   *
   * @throws UsageException if the settings cannot be worked with; nothing was started then
   * @throws DemoFailedException if there is no verdict
   * @throws InterruptedException if the JVM is told to end
   */
  DemoReport run() throws InterruptedException {
    try (Cleanup cleanup = new Cleanup()) {
      try {
        return run(cleanup);
      } catch (DemoFailedException e) {
        if (cleanup.jvmEnds()) {
          throw new InterruptedException("the JVM was told to end");
        }
        throw e;
      }
    }
  }

  private DemoReport run(Cleanup cleanup) throws InterruptedException {
    long start = System.nanoTime();
    TemporaryFolder temporary = cleanup.add(TemporaryFolder.create());
    DemoInput input = DemoInput.open(settings.input(), temporary.path());
    requireRoomForFailures(input);
    progress.note(
        String.format(
            Locale.ROOT,
            "%s: %,d lines, keyed by '%s', to a log of %,d partitions on S3 and back",
            input.name(),
            input.lines().count(),
            settings.keyRule().field(),
            settings.partitions()));
    EmbeddedS3Process s3 = cleanup.add(startS3(temporary.path()));
    DemoCluster cluster = cleanup.add(DemoCluster.start(settings.parallelism(), temporary.path()));
    StoreFactory store = storeOf(s3);
    LogId log = LogId.of("demo", "run-" + UUID.randomUUID());
    // The first opening probes whether the store is safe, which is no part of what the jobs cost.
    store.open().close();
    s3.resetRequests();
    JobOutcome written = write(cluster, store, log, input, temporary);
    Verdict verdict = readBack(cluster, store, log, input);
    Duration time = Duration.ofNanos(System.nanoTime() - start);
    return new DemoReport(verdict, written.restarts(), written.checkpoints(), s3.requests(), time);
  }

  private void requireRoomForFailures(DemoInput input) {
    int lines = input.lines().count();
    if (settings.failures() >= lines) {
      throw new UsageException(
          input.name()
              + " has "
              + lines
              + (lines == 1 ? " line" : " lines")
              + ", too few for "
              + settings.failures()
              + " failures: choose --failures 0 to "
              + (lines - 1));
    }
  }

  private EmbeddedS3Process startS3(Path temporary) {
    var builder = EmbeddedS3Process.builder().log(temporary.resolve("s3.log"));
    if (settings.folder() != null) {
      builder.folder(settings.folder());
    }
    try {
      return builder.start();
    } catch (RuntimeException e) {
      throw new DemoFailedException("the S3 server did not start: " + e.getMessage(), e);
    }
  }

  private static StoreFactory storeOf(EmbeddedS3Process s3) {
    return S3Settings.builder(s3.bucket())
        .endpoint(s3.endpoint())
        .region(s3.region())
        .credentials(s3.accessKeyId(), s3.secretAccessKey())
        .build();
  }

  private JobOutcome write(
      DemoCluster cluster, StoreFactory store, LogId log, DemoInput input, TemporaryFolder folder)
      throws InterruptedException {
    int lines = input.lines().count();
    FailurePlan plan = new FailurePlan(lines, settings.failures());
    Pacer pacer =
        new Pacer(plan, lines, settings.checkpointInterval().multipliedBy(LEAST_CHECKPOINTS));
    try (var planReference = JvmReference.to(FailurePlan.class, plan);
        var pacerReference = JvmReference.to(Pacer.class, pacer)) {
      RaftlessSink<NumberedLine> sink =
          RaftlessSink.<NumberedLine>builder()
              .setStore(new FailingStoreFactory(store, planReference))
              .setLog(log)
              .setCreateLogWithPartitions(settings.partitions())
              .setSinkId("demo")
              .setSerializer(WriteJob::record)
              .build();
      progress.begin("writing the log", lines);
      JobOutcome outcome =
          cluster.run(
              WriteJob.graph(
                  settings,
                  input.file(),
                  folder.path().resolve("checkpoints"),
                  planReference,
                  pacerReference,
                  sinkVariant.of(FailingSink.around(sink, planReference, settings.partitions()))),
              new Look(plan, pacer));
      requireAllFailures(plan, outcome);
      return outcome;
    }
  }

  /** Shows how far the writing job is, and what has struck it. */
  private final class Look implements Runnable {
    private final FailurePlan plan;
    private final Pacer pacer;
    private int shown;

    Look(FailurePlan plan, Pacer pacer) {
      this.plan = plan;
      this.pacer = pacer;
    }

    @Override
    public void run() {
      List<String> reports = plan.reports();
      while (shown < reports.size()) {
        String report = reports.get(shown++);
        progress.note("failure " + shown + " of " + plan.planned() + ": " + report);
      }
      progress.reached(pacer.mostLines());
    }
  }

  /** A demo that was not struck as asked would prove less than it seems to. */
  static void requireAllFailures(FailurePlan plan, JobOutcome outcome) {
    if (plan.struck() != plan.planned() || outcome.restarts() != plan.planned()) {
      throw new DemoFailedException(
          plan.planned()
              + " failures were asked for, "
              + plan.struck()
              + " struck, and Flink restarted the job "
              + outcome.restarts()
              + " times");
    }
  }

  private Verdict readBack(DemoCluster cluster, StoreFactory store, LogId log, DemoInput input)
      throws InterruptedException {
    LogVerifier verifier = new LogVerifier(input.lines(), settings.keyRule());
    try (var reference = JvmReference.to(LogVerifier.class, verifier)) {
      var source =
          RaftlessSource.<ReadBack>builder()
              .setStore(store)
              .setLog(log)
              .setStartPosition(StartPosition.earliest())
              .setStopPosition(StopPosition.latest())
              .setDeserializer(new ReadBackDeserializer())
              .build();
      progress.begin("reading it back", input.lines().count());
      var unused =
          cluster.run(
              ReadJob.graph(settings, source, reference),
              () -> progress.reached(verifier.recordsOut()));
      return verifier.verdict();
    }
  }
}
