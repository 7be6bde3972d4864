package io.raftless.log;

import io.raftless.format.Damage;
import io.raftless.format.DamagedException;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What can go wrong with a log. Each subclass is a different thing to do; the message says what.
 * Futures complete with these, possibly inside a {@code CompletionException}.
 */
public sealed class RaftlessException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  RaftlessException(String message) {
    super(message);
  }

  RaftlessException(String message, Throwable cause) {
    super(message, cause);
  }

  /** The log does not exist, or was deleted. */
  public static final class LogNotFound extends RaftlessException {
    private static final long serialVersionUID = 1L;

    LogNotFound(String message) {
      super(message);
    }
  }

  /** A log of that name exists. */
  public static final class LogExists extends RaftlessException {
    private static final long serialVersionUID = 1L;

    LogExists(String message) {
      super(message);
    }
  }

  /** What was handed in names another creation of the log than the one that exists now. */
  public static final class OtherIncarnation extends RaftlessException {
    private static final long serialVersionUID = 1L;

    OtherIncarnation(String message) {
      super(message);
    }
  }

  /** The log is fenced: no append commits until somebody unfences it. */
  public static final class LogFenced extends RaftlessException {
    private static final long serialVersionUID = 1L;

    LogFenced(String message) {
      super(message);
    }
  }

  /**
   * Another holder has acquired the writer id, or the writer id was forgotten: this one will never
   * commit again under its claim.
   */
  public static final class WriterFenced extends RaftlessException {
    private static final long serialVersionUID = 1L;

    private final @Nullable String holder;
    private final long epoch;

    WriterFenced(String message) {
      super(message);
      this.holder = null;
      this.epoch = -1;
    }

    WriterFenced(String message, String holder, long epoch) {
      super(message);
      this.holder = holder;
      this.epoch = epoch;
    }

    /** Who holds the writer id now; empty if nobody does. */
    public Optional<String> holder() {
      return Optional.ofNullable(holder);
    }

    /** The epoch of {@link #holder}; empty if nobody holds the writer id. */
    public OptionalLong epoch() {
      return holder == null ? OptionalLong.empty() : OptionalLong.of(epoch);
    }
  }

  /** The append was to be at another offset than the one that was next. It is not in the log. */
  public static final class OffsetMismatch extends RaftlessException {
    private static final long serialVersionUID = 1L;

    OffsetMismatch(String message) {
      super(message);
    }
  }

  /** The position of a writer id is another one than was to be replaced. It was not changed. */
  public static final class PositionMoved extends RaftlessException {
    private static final long serialVersionUID = 1L;

    private final @Nullable String position;

    PositionMoved(String message, @Nullable String position) {
      super(message);
      this.position = position;
    }

    /** What the position is; empty if none was ever stored. */
    public Optional<String> position() {
      return Optional.ofNullable(position);
    }
  }

  /**
   * A staged batch is older than the vacuum horizon and not in the index: it may have been
   * committed and trimmed, or its data may be gone. Nobody can tell any more.
   */
  public static final class StagedBatchExpired extends RaftlessException {
    private static final long serialVersionUID = 1L;

    StagedBatchExpired(String message) {
      super(message);
    }
  }

  /** An earlier request of the same writer failed; this one was not tried and is not in the log. */
  public static final class EarlierRequestFailed extends RaftlessException {
    private static final long serialVersionUID = 1L;

    EarlierRequestFailed(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * Nobody can tell whether the append is in the log: the store did not answer in time. It must not
   * be repeated under another name; a reader of the log can find out later.
   */
  public static final class UnknownOutcome extends RaftlessException {
    private static final long serialVersionUID = 1L;

    UnknownOutcome(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** The request cannot be done as asked: bad arguments, or a limit. The message says which. */
  public static final class Refused extends RaftlessException {
    private static final long serialVersionUID = 1L;

    Refused(String message) {
      super(message);
    }
  }

  /**
   * The operation did not happen: the store could not be reached, or refused us. Of an operation on
   * several partitions (fence, acquire) it may have happened on some of them: call it again.
   */
  public static final class Failed extends RaftlessException {
    private static final long serialVersionUID = 1L;

    Failed(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** The writer's memory is full and it was told to fail rather than to wait. */
  public static final class BufferFull extends RaftlessException {
    private static final long serialVersionUID = 1L;

    BufferFull(String message) {
      super(message);
    }
  }

  /** The offset asked for is below the first offset of the partition, or beyond its end. */
  public abstract static sealed class OffsetOutOfRange extends RaftlessException {
    private static final long serialVersionUID = 1L;

    private final int partition;
    private final long offset;

    OffsetOutOfRange(String message, int partition, long offset) {
      super(message);
      this.partition = partition;
      this.offset = offset;
    }

    /** Which partition. */
    public int partition() {
      return partition;
    }

    /** The offset that was to be read. */
    public long offset() {
      return offset;
    }
  }

  /** The records that were to be read are not there any more: they were trimmed. */
  public static final class OffsetTrimmed extends OffsetOutOfRange {
    private static final long serialVersionUID = 1L;

    private final long startOffset;

    OffsetTrimmed(String message, int partition, long offset, long startOffset) {
      super(message, partition, offset);
      this.startOffset = startOffset;
    }

    /** The first offset there was at that time. */
    public long startOffset() {
      return startOffset;
    }
  }

  /** The offset does not exist yet: it was probably taken from another log. */
  public static final class OffsetBeyondEnd extends OffsetOutOfRange {
    private static final long serialVersionUID = 1L;

    private final long endOffset;

    OffsetBeyondEnd(String message, int partition, long offset, long endOffset) {
      super(message, partition, offset);
      this.endOffset = endOffset;
    }

    /** The offset that the next record would have got at that time. */
    public long endOffset() {
      return endOffset;
    }
  }

  /** Data that the log refers to is damaged or gone. The message names the object and the range. */
  public static final class Corrupted extends RaftlessException {
    private static final long serialVersionUID = 1L;

    private final @Nullable Damage damage;

    Corrupted(String message) {
      super(message);
      this.damage = null;
    }

    Corrupted(String message, Throwable cause) {
      super(message, cause);
      this.damage = null;
    }

    Corrupted(Damage damage) {
      super(damage.message());
      this.damage = damage;
    }

    Corrupted(DamagedException cause) {
      super(cause.damage().message(), cause);
      this.damage = cause.damage();
    }

    /** What is wrong and where; empty if all there is to say is in the message. */
    public Optional<Damage> damage() {
      return Optional.ofNullable(damage);
    }
  }
}
