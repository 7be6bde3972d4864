package io.raftless.sim.check;

import io.raftless.sim.history.Answer;
import io.raftless.sim.history.Call;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Something that just happened: to the store, or between a client and the log. */
sealed interface Change {

  /**
   * An object was written; for heads and {@code log.json} it is followed by what that means.
   *
   * @param isCreate if there was none of this key
   */
  record Written(StoredObject object, boolean isCreate, ByteBuffer body, String by)
      implements Change {}

  /** An object was deleted, if it was there. */
  record Deleted(StoredObject object, String by) implements Change {}

  /**
   * A head was created or replaced.
   *
   * @param before null if it was created
   * @param added batches that begin where the history ended, or later
   * @param by who wrote it
   */
  record HeadWritten(
      @Nullable PartitionImage before, PartitionImage after, List<Committed> added, String by)
      implements Change {

    boolean isLabelNew(PartitionImage.Reference reference) {
      return before == null || !before.needed().contains(reference);
    }

    String where() {
      return "partition "
          + after.head().partition()
          + ", version "
          + after.head().version()
          + " by "
          + by;
    }
  }

  /** The descriptor was created or replaced. */
  record DescriptorWritten(@Nullable LogImage before, LogImage after, String by)
      implements Change {}

  /** A client asked for something. */
  record Asked(int partition, int id, String client, Call call) implements Change {}

  /** A client was told how it ended. */
  record Told(int partition, int id, String client, Call call, Answer answer) implements Change {}
}
