package io.raftless.flink.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.flink.testing.FailOnce;
import io.raftless.flink.testing.Jobs;
import io.raftless.flink.testing.Numbered;
import io.raftless.flink.testing.RegisteredStore;
import io.raftless.flink.testing.TestLog;
import io.raftless.log.LogId;
import io.raftless.store.MemoryObjectStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.connector.datagen.source.DataGeneratorSource;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.testutils.CommonTestUtils;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Two jobs with one sink id: the older stops for good, and does not come back. */
final class SubmissionFencingTest {
  private static final LogId LOG = LogId.of("", "log");
  private static final int KEYS = 3;
  private static final Duration OFTEN = Duration.ofMillis(50);
  private static final Duration NEVER = Duration.ofDays(1);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @RegisterExtension static final MiniClusterExtension CLUSTER = Jobs.cluster();

  @TempDir Path checkpoints;

  private final MemoryObjectStore store = new MemoryObjectStore();
  private final TestLog log = TestLog.of(store, LOG, 2);
  private final List<JobClient> jobs = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (JobClient job : jobs) {
      if (!job.getJobStatus().get().isGloballyTerminalState()) {
        job.cancel().get();
      }
    }
    log.close();
  }

  @Test
  void theOlderJobStopsForGoodAndTheNewerGoesOn() throws Exception {
    FailOnce olderMap = FailOnce.when(story -> false);
    JobClient older = start("older", olderMap, OFTEN);
    awaitMore("older");

    JobClient newer = start("newer", FailOnce.when(story -> false), OFTEN);

    awaitFenced(older);
    assertThat(olderMap.story().attempts).as("no restart war: it never restarted").hasValue(1);

    awaitMore("newer");
    assertThat(newer.getJobStatus().get()).isEqualTo(JobStatus.RUNNING);
    List<String> ofOlder = elementsOf("older");
    Numbered.assertExactlyOnce(ofOlder, KEYS, ofOlder.size());
    List<String> ofNewer = elementsOf("newer");
    Numbered.assertExactlyOnce(ofNewer, KEYS, ofNewer.size());
  }

  @Test
  void anOlderJobThatRestartsForAnotherReasonDoesNotTakeTheSinkIdBack() throws Exception {
    AtomicBoolean fail = new AtomicBoolean();
    FailOnce olderMap = FailOnce.when(story -> fail.get());
    // It never commits, so it does not notice by itself that the newer job took over.
    JobClient older = start("older", olderMap, NEVER);
    CommonTestUtils.waitUtil(
        () -> olderMap.story().elements.get() > 0, PATIENCE, "the older job reads nothing");
    JobClient newer = start("newer", FailOnce.when(story -> false), OFTEN);
    awaitMore("newer");

    fail.set(true);

    awaitFenced(older);
    assertThat(olderMap.story().failures).hasValue(1);
    awaitMore("newer");
    assertThat(newer.getJobStatus().get()).isEqualTo(JobStatus.RUNNING);
    assertThat(elementsOf("older")).isEmpty();
  }

  private static void awaitFenced(JobClient job) throws Exception {
    assertThatThrownBy(
            () -> job.getJobExecutionResult().get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
        .hasStackTraceContaining(SinkFencedException.class.getName())
        .hasStackTraceContaining("another job has taken over this sink id");
    assertThat(job.getJobStatus().get()).isEqualTo(JobStatus.FAILED);
  }

  private void awaitMore(String job) throws Exception {
    int before = elementsOf(job).size();
    CommonTestUtils.waitUtil(
        () -> elementsOf(job).size() > before, PATIENCE, "job " + job + " commits nothing");
  }

  /** Elements that a job wrote, without the name of the job. */
  private List<String> elementsOf(String job) {
    try {
      return log.elements().stream()
          .filter(element -> element.startsWith(job))
          .map(element -> element.substring(job.length()))
          .toList();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private JobClient start(String name, FailOnce map, Duration checkpointInterval) throws Exception {
    StreamExecutionEnvironment env = Jobs.environment(checkpoints);
    env.enableCheckpointing(checkpointInterval.toMillis());
    env.setParallelism(1);
    env.fromSource(
            new DataGeneratorSource<>(
                index -> name + Numbered.element(index, KEYS),
                1_000_000,
                RateLimiterStrategy.perSecond(500),
                Types.STRING),
            WatermarkStrategy.noWatermarks(),
            "numbers")
        .map(map)
        .sinkTo(
            RaftlessSink.<String>builder()
                .setStore(RegisteredStore.of(store))
                .setLog(LOG)
                .setSinkId("numbers")
                .setSerializer(new Numbered.Serializer())
                .build());
    JobClient job = env.executeAsync(name);
    jobs.add(job);
    return job;
  }
}
