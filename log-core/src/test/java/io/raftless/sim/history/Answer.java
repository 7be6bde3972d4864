package io.raftless.sim.history;

import java.util.List;
import java.util.Objects;

/** What a client was told. */
public sealed interface Answer {

  /**
   * The batch is in the log, by this call or by another one.
   *
   * @param base offset of its first record
   */
  record Appended(long base) implements Answer {}

  /**
   * What a reader handed out.
   *
   * @param base offset of the first record; of none, the end that the reader saw
   * @param records all different from those of other batches, or the checker knows less
   */
  record Records(long base, List<String> records) implements Answer {
    public Records {
      records = List.copyOf(records);
    }
  }

  /**
   * Of {@link Call.Tail} the next offset, of {@link Call.Start} and {@link Call.Trim} the first one
   * that is readable.
   *
   * @param offset that is
   */
  record Offset(long offset) implements Answer {}

  /**
   * The state that a fence or an unfence made.
   *
   * @param generation its number
   */
  record Generation(long generation) implements Answer {}

  /**
   * The writer id is held.
   *
   * @param epoch to append with
   */
  record Epoch(long epoch) implements Answer {}

  /**
   * It cannot be done.
   *
   * @param reason why not
   */
  record Rejected(Reason reason) implements Answer {
    public Rejected {
      Objects.requireNonNull(reason, "reason");
    }
  }

  /** It certainly had no effect and never will. */
  record Failed() implements Answer {}

  /** It may have an effect at any time after the call, also long after this answer, or never. */
  record Unknown() implements Answer {}
}
