package io.raftless.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.raftless.connectcluster.ConnectWorker;
import io.raftless.connectcluster.ConnectWorkers;
import io.raftless.connectcluster.KafkaBroker;
import io.raftless.connectcluster.KafkaHome;
import io.raftless.connectcluster.RoundTripConnectors;
import io.raftless.connectcluster.WorkerSettings;
import io.raftless.demo.input.LineReader;
import io.raftless.demo.verify.LogVerifier;
import io.raftless.demo.verify.ReadBackDeserializer;
import io.raftless.demo.verify.Verdict;
import io.raftless.embedded.EmbeddedS3Process;
import io.raftless.log.LogId;
import io.raftless.log.RaftlessLog;
import io.raftless.store.ObjectStore;
import io.raftless.store.s3.S3Settings;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The Connect demo from start to end: an S3 server, a broker, two workers; lines into a topic, from
 * there to a log and from there to another topic, while workers are killed; a verdict. Whatever it
 * starts it stops, also when the JVM is told to end.
 */
final class ConnectDemo {
  private static final String INPUT = "input";
  private static final String OUTPUT = "output";
  private static final int WORKERS = 2;
  private static final int TASKS = 2;
  private static final Duration SESSION_TIMEOUT = Duration.ofSeconds(5);

  private final ConnectDemoSettings settings;
  private final Progress progress;

  ConnectDemo(ConnectDemoSettings settings, Progress progress) {
    this.settings = settings;
    this.progress = progress;
  }

  /**
   * Runs the demo.
   *
   * @throws UsageException if the settings cannot be worked with
   * @throws DemoFailedException if there is no verdict
   * @throws InterruptedException if the JVM is told to end
   */
  ConnectDemoReport run() throws InterruptedException {
    try (Cleanup cleanup = new Cleanup()) {
      try {
        return run(cleanup);
      } catch (UsageException | DemoFailedException e) {
        throw e;
      } catch (RuntimeException e) {
        if (cleanup.jvmEnds()) {
          throw new InterruptedException("the JVM was told to end");
        }
        throw new DemoFailedException(String.valueOf(e.getMessage()), e);
      }
    }
  }

  private ConnectDemoReport run(Cleanup cleanup) throws InterruptedException {
    long start = System.nanoTime();
    TemporaryFolder temporary = cleanup.add(TemporaryFolder.create());
    DemoInput input = DemoInput.open(settings.input(), temporary.path());
    requireRoomForKills(input);
    KafkaHome home = KafkaHome.fromProperties();
    progress.note(
        String.format(
            Locale.ROOT,
            "%s: %,d lines, keyed by '%s', from a topic of %,d partitions to a log on S3 and from"
                + " there to another topic",
            input.name(),
            input.lines().count(),
            settings.keyRule().field(),
            settings.partitions()));
    var builder = EmbeddedS3Process.builder().log(temporary.path().resolve("s3.log"));
    if (settings.folder() != null) {
      builder.folder(settings.folder());
    }
    EmbeddedS3Process s3 = cleanup.add(builder.start());
    KafkaBroker broker = cleanup.add(KafkaBroker.start(home, temporary.path()));
    WorkerSettings workerSettings =
        new WorkerSettings("demo", "256m", SESSION_TIMEOUT, Duration.ofSeconds(1), Map.of());
    ConnectWorkers workers =
        cleanup.add(new ConnectWorkers(home, temporary.path(), broker, workerSettings));
    broker.createTopics(settings.partitions(), List.of(INPUT, OUTPUT));
    workers.startTogether(WORKERS);
    ObjectStore store = cleanup.add(storeOf(s3).open());
    LogId id = LogId.of("demo", "run-" + UUID.randomUUID());
    RaftlessLog log = cleanup.add(RaftlessLog.create(store, id, settings.partitions()));
    // Until here the store was probed and a log made, which is no part of what it costs.
    s3.resetRequests();
    connect(workers, broker, s3, id);
    LogVerifier verifier = new LogVerifier(input.lines(), settings.keyRule());
    try (CommittedReader reader =
        new CommittedReader(broker, OUTPUT, settings.partitions(), verifier)) {
      progress.begin("topic to log to topic", input.lines().count());
      int killed = feedAndKill(input, broker, workers, reader);
      new Quiescence(broker, workers, log, reader, INPUT, settings.partitions())
          .await(progress::reached);
      Verdict verdict = verifier.verdict();
      Duration time = Duration.ofNanos(System.nanoTime() - start);
      return new ConnectDemoReport(verdict, killed, s3.requests(), time);
    }
  }

  private void requireRoomForKills(DemoInput input) {
    int lines = input.lines().count();
    if (settings.kills() >= lines) {
      throw new UsageException(
          input.name()
              + " has "
              + lines
              + (lines == 1 ? " line" : " lines")
              + ", too few for "
              + settings.kills()
              + " kills: choose --kills 0 to "
              + (lines - 1));
    }
  }

  private static S3Settings storeOf(EmbeddedS3Process s3) {
    return S3Settings.builder(s3.bucket())
        .endpoint(s3.endpoint())
        .region(s3.region())
        .credentials(s3.accessKeyId(), s3.secretAccessKey())
        .build();
  }

  private static void connect(
      ConnectWorkers workers, KafkaBroker broker, EmbeddedS3Process s3, LogId log)
      throws InterruptedException {
    RoundTripConnectors connectors =
        new RoundTripConnectors(
            RoundTripConnectors.store(
                s3.bucket(),
                s3.endpoint().toString(),
                s3.region(),
                s3.accessKeyId(),
                s3.secretAccessKey()),
            INPUT,
            log.name(),
            OUTPUT,
            TASKS);
    Map<String, String> prefix = Map.of("prefix", log.prefix());
    Map<String, String> sinkOptions = Map.of("prefix", log.prefix(), "flush.linger.ms", "200");
    workers.any().configure(RoundTripConnectors.SINK, connectors.sink(broker, sinkOptions));
    workers.any().configure(RoundTripConnectors.SOURCE, connectors.source(prefix));
    workers.any().awaitRunning(RoundTripConnectors.SINK, TASKS);
    workers.any().awaitRunning(RoundTripConnectors.SOURCE, TASKS);
  }

  /** A part of the lines before each kill, which comes while they are on their way. */
  private int feedAndKill(
      DemoInput input, KafkaBroker broker, ConnectWorkers workers, CommittedReader reader)
      throws InterruptedException {
    Map<String, Object> config = Map.of("bootstrap.servers", broker.bootstrapServers());
    int lines = input.lines().count();
    int killed = 0;
    try (LineReader file = LineReader.open(input.file());
        KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      long number = 0;
      for (int part = 1; part <= settings.kills() + 1; part++) {
        long end = (long) lines * part / (settings.kills() + 1);
        number = feed(file, producer, number, end);
        progress.reached(reader.count());
        if (part <= settings.kills()) {
          long arrived = reader.count();
          ConnectWorker victim = workers.killOne();
          killed++;
          progress.note(
              String.format(
                  Locale.ROOT,
                  "kill %d of %d: kill -9 of %s, with %,d lines sent and %,d of them arrived",
                  killed,
                  settings.kills(),
                  victim,
                  number,
                  arrived));
        }
      }
    } catch (IOException e) {
      throw new DemoFailedException("cannot read " + input.name() + " again: " + e, e);
    }
    return killed;
  }

  private long feed(LineReader file, KafkaProducer<byte[], byte[]> producer, long from, long end)
      throws IOException, InterruptedException {
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    for (long number = from; number < end; number++) {
      byte[] line = file.read();
      if (line == null) {
        throw new IOException("it has become shorter");
      }
      sent.add(
          producer.send(
              new ProducerRecord<>(
                  INPUT,
                  null,
                  settings.keyRule().keyOf(line),
                  line,
                  List.of(
                      new RecordHeader(
                          ReadBackDeserializer.LINE_HEADER,
                          Long.toString(number).getBytes(UTF_8))))));
    }
    try {
      for (Future<RecordMetadata> one : sent) {
        one.get();
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RecordTooLargeException) {
        throw new UsageException(
            "a line is larger than a Kafka record may be ("
                + e.getCause().getMessage()
                + "): give --input a file of shorter lines");
      }
      throw new DemoFailedException("cannot write to the topic: " + e.getCause(), e);
    }
    return end;
  }
}
