package io.raftless.flink.sink;

import java.util.OptionalLong;
import org.apache.flink.api.connector.sink2.CommitterInitContext;

/**
 * What Flink says of the run of a job that a committer belongs to.
 *
 * @param jobId the same for all attempts of the run, and when a committer is restarted alone
 * @param jobName for people
 * @param restoredCheckpointId which checkpoint or savepoint it was restored from; empty if it
 *     starts without state
 */
record Run(String jobId, String jobName, OptionalLong restoredCheckpointId) {

  static Run of(CommitterInitContext context) {
    return new Run(
        context.getJobInfo().getJobId().toHexString(),
        context.getJobInfo().getJobName(),
        context.getRestoredCheckpointId());
  }
}
