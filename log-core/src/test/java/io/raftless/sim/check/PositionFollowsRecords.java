package io.raftless.sim.check;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Docs/protocol.md §5: a position is in the head if, and only if, the append that carries it became
 * part of the log with that very head; or it was stored alone, by the holder that there is, in the
 * place of the one that it named. The count of stores counts all of them.
 */
final class PositionFollowsRecords implements Invariant {
  private final Checks.Positions positions;

  PositionFollowsRecords(Checks.Positions positions) {
    this.positions = positions;
  }

  @Override
  public void check(Change change) {
    if (!(change instanceof Change.HeadWritten written) || written.before() == null) {
      return;
    }
    HeadImage before = written.before().head();
    HeadImage after = written.after().head();
    Map<String, String> last = new HashMap<>();
    Map<String, Long> counts = new HashMap<>();
    for (Committed added : written.added()) {
      for (Committed.Part part : added.parts()) {
        AskedAppend asked = withPosition(part.candidates());
        if (asked != null && asked.position() != null && asked.call().writerId() != null) {
          last.put(asked.call().writerId(), asked.position());
          counts.merge(asked.call().writerId(), 1L, Long::sum);
        }
      }
    }
    after
        .writers()
        .forEach(
            (writerId, writer) -> {
              HeadImage.@Nullable Writer was = before.writers().get(writerId);
              if (was == null) {
                if (writer.position() != null) {
                  throw broken(
                      written.where()
                          + ": "
                          + writerId
                          + " is new and has a position, "
                          + writer.position());
                }
                return;
              }
              String expected = last.getOrDefault(writerId, was.position());
              long stores = was.stores() + counts.getOrDefault(writerId, 0L);
              boolean isByAppend =
                  Objects.equals(expected, writer.position()) && stores == writer.stores();
              boolean isAlone =
                  written.added().isEmpty()
                      && writer.position() != null
                      && writer.stores() == was.stores() + 1
                      && positions.isStoredAlone(
                          after.partition(), writerId, was, writer.position());
              if (!isByAppend && !isAlone) {
                throw broken(
                    written.where()
                        + ": the position of "
                        + writerId
                        + " goes from "
                        + was.position()
                        + " (store "
                        + was.stores()
                        + ") to "
                        + writer.position()
                        + " (store "
                        + writer.stores()
                        + "), but the appends of this write carry "
                        + last);
              }
            });
  }

  private static @Nullable AskedAppend withPosition(List<AskedAppend> calls) {
    return calls.stream().filter(asked -> asked.position() != null).findFirst().orElse(null);
  }
}
