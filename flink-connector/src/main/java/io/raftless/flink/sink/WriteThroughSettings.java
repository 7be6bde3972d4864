package io.raftless.flink.sink;

import io.raftless.log.LogId;
import io.raftless.log.WriterOptions;
import io.raftless.store.StoreFactory;
import java.io.Serializable;
import java.time.Duration;
import org.apache.flink.connector.base.DeliveryGuarantee;

/**
 * What a sink was told that appends directly; it travels in the job graph.
 *
 * @param createWithPartitions create the log with so many partitions if it is missing; 0 never
 * @param guarantee all but exactly once
 * @param partitionDiscoveryInterval how often to look for new partitions; zero never
 */
record WriteThroughSettings<T>(
    StoreFactory store,
    LogId log,
    int createWithPartitions,
    DeliveryGuarantee guarantee,
    RaftlessSerializer<T> serializer,
    RaftlessPartitioner<T> partitioner,
    WriterOptions writerOptions,
    Duration partitionDiscoveryInterval)
    implements Serializable {

  WriteThroughSettings {
    if (guarantee == DeliveryGuarantee.EXACTLY_ONCE) {
      throw new IllegalArgumentException("writing through is not exactly once");
    }
  }
}
