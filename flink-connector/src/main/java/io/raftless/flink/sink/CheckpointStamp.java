package io.raftless.flink.sink;

import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.streaming.api.connector.sink2.CommittableMessage;
import org.apache.flink.streaming.api.connector.sink2.CommittableWithLineage;

/**
 * Says in each staged object which checkpoint it belongs to. A writer is not told when it prepares
 * a commit, and neither is a committer when it commits; only the message between them knows.
 */
final class CheckpointStamp
    implements MapFunction<CommittableMessage<StagedObject>, CommittableMessage<StagedObject>> {
  private static final long serialVersionUID = 1L;

  private final boolean isWholeInput;

  /**
   * @param isWholeInput whether the job makes no checkpoints, so that Flink's ids mean nothing
   */
  CheckpointStamp(boolean isWholeInput) {
    this.isWholeInput = isWholeInput;
  }

  @Override
  public CommittableMessage<StagedObject> map(CommittableMessage<StagedObject> message) {
    if (!(message instanceof CommittableWithLineage<StagedObject> committable)) {
      return message;
    }
    long checkpointId = isWholeInput ? StagedObject.WHOLE_INPUT : committable.getCheckpointId();
    return committable.map(object -> object.of(checkpointId));
  }
}
