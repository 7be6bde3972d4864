package io.raftless.flink.sink;

import io.raftless.log.LogId;
import io.raftless.log.StagerOptions;
import io.raftless.store.StoreFactory;
import java.io.Serializable;
import java.time.Duration;

/**
 * What a sink was told; it travels in the job graph.
 *
 * @param createWithPartitions create the log with so many partitions if it is missing; 0 never
 * @param sinkId the writer id
 * @param submissionId the holder of the writer id: one for each time the sink was built (design
 *     §10), so all attempts of one submission share it and a resubmission has another
 * @param commitTimeout how long a commit is tried before the job fails over
 * @param onRewind what to do when the log holds commits that the restored state does not know
 * @param partitionDiscoveryInterval how often writers look for new partitions; zero for never
 */
record SinkSettings<T>(
    StoreFactory store,
    LogId log,
    int createWithPartitions,
    String sinkId,
    String submissionId,
    RaftlessSerializer<T> serializer,
    RaftlessPartitioner<T> partitioner,
    StagerOptions stagerOptions,
    Duration commitTimeout,
    OnRewind onRewind,
    Duration partitionDiscoveryInterval)
    implements Serializable {}
