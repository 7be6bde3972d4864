package io.raftless.bench;

import io.raftless.bench.connect.ConnectSink;
import io.raftless.bench.connect.ConnectSource;
import io.raftless.bench.flink.FlinkSink;
import io.raftless.bench.flink.FlinkSource;
import io.raftless.bench.kafka.KafkaAppend;
import io.raftless.bench.kafka.KafkaRead;
import io.raftless.bench.log.AppendExperiment;
import io.raftless.bench.log.CompactionExperiment;
import io.raftless.bench.log.ReadExperiment;
import io.raftless.bench.log.SmallRecordsExperiment;
import io.raftless.bench.log.ThroughputExperiment;
import io.raftless.bench.memory.MemoryExperiment;
import io.raftless.bench.micro.MicroExperiment;
import io.raftless.bench.simulated.LogLength;
import io.raftless.bench.simulated.RequestCount;
import io.raftless.bench.simulated.SimulatedContention;
import io.raftless.bench.simulated.SimulatedLatency;
import io.raftless.bench.simulated.SimulatedPipeline;
import io.raftless.bench.simulated.SimulatedTail;
import java.util.List;

/** All experiments, in the order in which they are run. */
public final class Experiments {
  private static final List<Experiment> ALL =
      List.of(
          new AppendExperiment(),
          new ReadExperiment(),
          new SmallRecordsExperiment(),
          new MicroExperiment(),
          new CompactionExperiment(),
          new MemoryExperiment(),
          new RequestCount(),
          new LogLength(),
          new SimulatedLatency(),
          new SimulatedTail(),
          new SimulatedContention(),
          new SimulatedPipeline(),
          new ThroughputExperiment(),
          new KafkaAppend(),
          new KafkaRead(),
          new FlinkSink(),
          new FlinkSource(),
          new ConnectSink(),
          new ConnectSource());

  private Experiments() {}

  /** All of them; names differ. */
  public static List<Experiment> all() {
    return ALL;
  }
}
