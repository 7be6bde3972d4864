package io.raftless.flink.table;

import static io.raftless.flink.table.RaftlessConnectorOptions.SINK_PARTITIONER;

import io.raftless.flink.sink.RaftlessPartitioner;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.data.RowData;

/** Partitioners by the names that options have for them. */
final class Partitioners {
  private Partitioners() {}

  static RaftlessPartitioner<RowData> of(String name, ClassLoader classes) {
    return switch (name) {
      case "key" -> RaftlessPartitioner.byKey();
      case "fixed" -> RaftlessPartitioner.fixed();
      case "round-robin" -> RaftlessPartitioner.roundRobin();
      default -> custom(name, classes);
    };
  }

  @SuppressWarnings("unchecked") // A class cannot tell of which rows it is a partitioner.
  private static RaftlessPartitioner<RowData> custom(String name, ClassLoader classes) {
    try {
      Object made = Class.forName(name, true, classes).getDeclaredConstructor().newInstance();
      if (made instanceof RaftlessPartitioner<?> partitioner) {
        return (RaftlessPartitioner<RowData>) partitioner;
      }
    } catch (ReflectiveOperationException | LinkageError e) {
      throw new ValidationException(message(name), e);
    }
    throw new ValidationException(message(name));
  }

  private static String message(String name) {
    return "Option '"
        + SINK_PARTITIONER.key()
        + "' is '"
        + name
        + "': choose key, fixed, round-robin, or the name of a class on the class path that"
        + " implements RaftlessPartitioner<RowData> and has a public constructor without"
        + " parameters.";
  }
}
