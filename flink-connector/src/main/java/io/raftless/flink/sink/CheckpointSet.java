package io.raftless.flink.sink;

import io.raftless.log.StagedBatch;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What is committed at once: all that the writers staged for one checkpoint, or the whole input.
 *
 * @param submissionId that staged it
 * @param checkpointId which checkpoint; see {@link StagedObject#checkpointId}
 * @param byPartition the batches of each partition, in the order in which they are appended
 * @param repeatableOver among how many partitions all records were placed repeatably; 0 if not all
 * @param history of the state that it is part of; empty if nobody knows it
 */
record CheckpointSet(
    String submissionId,
    long checkpointId,
    Map<Integer, List<StagedBatch>> byPartition,
    int repeatableOver,
    Optional<History> history) {

  /**
   * @param objects at least one, of one checkpoint
   */
  static CheckpointSet of(Collection<StagedObject> objects) {
    Map<Integer, List<StagedBatch>> byPartition = new TreeMap<>();
    objects.stream()
        .sorted(StagedObject.APPEND_ORDER)
        .flatMap(object -> object.batches().stream())
        .forEach(
            batch ->
                byPartition
                    .computeIfAbsent(batch.partition(), partition -> new ArrayList<>())
                    .add(batch));
    List<Integer> placements =
        objects.stream()
            .filter(object -> !object.batches().isEmpty())
            .map(StagedObject::repeatableOver)
            .distinct()
            .toList();
    List<History> histories =
        objects.stream().map(StagedObject::history).filter(Objects::nonNull).toList();
    StagedObject any = objects.iterator().next();
    return new CheckpointSet(
        any.submissionId(),
        any.checkpointId(),
        byPartition,
        placements.size() == 1 ? placements.get(0) : 0,
        histories.isEmpty() ? Optional.empty() : Optional.of(History.longest(histories)));
  }

  boolean isWholeInput() {
    return checkpointId == StagedObject.WHOLE_INPUT;
  }

  boolean isStamped() {
    return checkpointId != StagedObject.UNSTAMPED;
  }
}
