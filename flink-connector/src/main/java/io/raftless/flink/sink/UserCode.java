package io.raftless.flink.sink;

import java.io.IOException;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/** Opens what the user gave to a sink, for one writer. */
final class UserCode {
  private UserCode() {}

  static void open(
      WriterInitContext context,
      RaftlessSerializer<?> serializer,
      RaftlessPartitioner<?> partitioner)
      throws IOException {
    int subtask = context.getTaskInfo().getIndexOfThisSubtask();
    int parallelism = context.getTaskInfo().getNumberOfParallelSubtasks();
    partitioner.open(subtask, parallelism);
    try {
      serializer.open(context.asSerializationSchemaInitializationContext(), subtask, parallelism);
    } catch (Exception e) {
      throw new IOException("the serializer could not be opened", e);
    }
  }
}
