package io.raftless.sim.check;

import io.raftless.sim.history.Answer;
import io.raftless.sim.history.Call;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Docs/protocol.md §2, guarantee 4, for writer ids: a batch that was appended under a writer id
 * came under the epoch that the head had then. An epoch is the version of the head that it was
 * acquired with, so it only grows; and who was told of one holds the writer id or was superseded.
 */
final class OldHolderNeverCommits implements Invariant {
  private final Shadow shadow;

  OldHolderNeverCommits(Shadow shadow) {
    this.shadow = shadow;
  }

  @Override
  public void check(Change change) {
    if (change instanceof Change.HeadWritten written) {
      requireEpochs(written);
      for (Committed added : written.added()) {
        added.parts().forEach(part -> requireHolder(written, added, part));
      }
    } else if (change instanceof Change.Told told
        && told.call() instanceof Call.Acquire acquire
        && told.answer() instanceof Answer.Epoch epoch) {
      PartitionImage image = shadow.partition(told.partition());
      HeadImage.Writer writer =
          image == null ? null : image.head().writers().get(acquire.writerId());
      if (writer == null
          || writer.epoch() < epoch.epoch()
          || (writer.epoch() == epoch.epoch() && !writer.holder().equals(acquire.holder()))) {
        throw broken(
            told.client()
                + " was told that "
                + acquire
                + " got epoch "
                + epoch.epoch()
                + " on partition "
                + told.partition()
                + ", but there is "
                + writer);
      }
    }
  }

  private void requireEpochs(Change.HeadWritten written) {
    if (written.before() == null) {
      return;
    }
    HeadImage before = written.before().head();
    HeadImage after = written.after().head();
    after
        .writers()
        .forEach(
            (writerId, writer) -> {
              HeadImage.@Nullable Writer was = before.writers().get(writerId);
              boolean isSame = was != null && was.epoch() == writer.epoch();
              boolean isRight =
                  isSame
                      ? writer.holder().equals(was == null ? null : was.holder())
                      : writer.epoch() == after.version();
              if (!isRight) {
                throw broken(
                    written.where()
                        + ": the epoch of "
                        + writerId
                        + " goes from "
                        + was
                        + " to "
                        + writer);
              }
              if (was != null && writer.rank() < was.rank()) {
                throw broken(
                    written.where()
                        + ": the rank of "
                        + writerId
                        + " goes from "
                        + was
                        + " to "
                        + writer);
              }
            });
  }

  private void requireHolder(Change.HeadWritten written, Committed added, Committed.Part part) {
    List<AskedAppend> calls = part.candidates();
    HeadImage head = written.before() == null ? written.after().head() : written.before().head();
    if (!calls.isEmpty() && calls.stream().noneMatch(asked -> isCurrent(head, asked.call()))) {
      throw broken(
          written.where()
              + ": "
              + added
              + " can only come from "
              + calls
              + ", but the writers are "
              + head.writers());
    }
  }

  private static boolean isCurrent(HeadImage head, Call.Append call) {
    if (call.writerId() == null || call.epoch() == null) {
      return true;
    }
    HeadImage.Writer writer = head.writers().get(call.writerId());
    return writer != null && writer.epoch() == call.epoch();
  }
}
