package io.raftless.sim.history;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Decides by trying every order, on lists of strings: slow, and nothing of it is shared with {@link
 * LogChecker}. For histories of a handful of operations.
 */
final class ReferenceChecker {
  private final List<History.Recorded> operations;
  private final History.@Nullable FinalLog end;

  ReferenceChecker(History history) {
    operations = history.operations();
    end = history.finalLog();
  }

  /** Who holds a writer id; an epoch that nobody was told is null. */
  private record Writer(String holder, @Nullable Long epoch, long told, List<String> superseded) {}

  /** A log. */
  private static final class Log {
    final List<String> records = new ArrayList<>();
    final Map<Integer, String> batches = new TreeMap<>();
    final Map<String, Writer> writers = new HashMap<>();
    long start;
    boolean isFenced;
    long generation;
    boolean isGenerationKnown = true;

    Log copy() {
      Log copy = new Log();
      copy.records.addAll(records);
      copy.batches.putAll(batches);
      copy.writers.putAll(writers);
      copy.start = start;
      copy.isFenced = isFenced;
      copy.generation = generation;
      copy.isGenerationKnown = isGenerationKnown;
      return copy;
    }

    @Nullable Integer baseOf(String batch) {
      return batches.entrySet().stream()
          .filter(entry -> entry.getValue().equals(batch))
          .map(Map.Entry::getKey)
          .findFirst()
          .orElse(null);
    }
  }

  boolean isLinearizable() {
    for (History.Recorded operation : operations) {
      if (is(operation, Reason.EARLIER_FAILED)
          && operations.stream()
              .noneMatch(
                  earlier ->
                      earlier.id() < operation.id()
                          && earlier.client().equals(operation.client())
                          && earlier.call() instanceof Call.Append
                          && !(earlier.answer() instanceof Answer.Appended))) {
        return false;
      }
    }
    return goOn(
        new Log(), operations.stream().filter(operation -> !saysNothing(operation)).toList());
  }

  /** Whether the order given, of operations by their numbers, is one that explains the history. */
  boolean isWitness(List<Integer> order) {
    List<History.Recorded> left =
        new ArrayList<>(operations.stream().filter(o -> !saysNothing(o)).toList());
    List<Log> logs = List.of(new Log());
    for (int id : order) {
      History.Recorded operation = operations.get(id);
      if (!left.remove(operation) || left.stream().anyMatch(o -> precedes(o, operation))) {
        return false;
      }
      List<Log> next = new ArrayList<>();
      logs.forEach(log -> next.addAll(after(log, operation)));
      logs = next;
    }
    return left.stream().allMatch(ReferenceChecker::isUncertain)
        && logs.stream().anyMatch(this::isEnd);
  }

  private boolean goOn(Log log, List<History.Recorded> left) {
    if (left.stream().allMatch(ReferenceChecker::isUncertain) && isEnd(log)) {
      return true;
    }
    for (History.Recorded operation : left) {
      if (left.stream().noneMatch(other -> precedes(other, operation))) {
        List<History.Recorded> rest =
            left.stream().filter(other -> other.id() != operation.id()).toList();
        for (Log next : after(log, operation)) {
          if (goOn(next, rest)) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private boolean isEnd(Log log) {
    if (end == null) {
      return true;
    }
    long offset = end.base();
    for (History.Piece piece : end.pieces()) {
      String batch = log.batches.get((int) offset);
      if (batch == null || (piece.batch() != null && !piece.batch().equals(batch))) {
        return false;
      }
      offset += piece.count();
      if (offset != log.records.size() && !log.batches.containsKey((int) offset)) {
        return false;
      }
    }
    long pieces = log.batches.keySet().stream().filter(base -> base >= end().base()).count();
    boolean isCut = end.base() == log.records.size() || log.batches.containsKey((int) end.base());
    return isCut
        && pieces == end.pieces().size()
        && offset == log.records.size()
        && log.start == end.startOffset();
  }

  private History.FinalLog end() {
    return Objects.requireNonNull(end);
  }

  private static boolean isUncertain(History.Recorded operation) {
    return operation.answer() == null || operation.answer() instanceof Answer.Unknown;
  }

  private static boolean is(History.Recorded operation, Reason reason) {
    return operation.answer() instanceof Answer.Rejected rejected && rejected.reason() == reason;
  }

  private static boolean saysNothing(History.Recorded operation) {
    return operation.answer() instanceof Answer.Failed
        || is(operation, Reason.EARLIER_FAILED)
        || (isUncertain(operation)
            && (operation.call() instanceof Call.Read
                || operation.call() instanceof Call.Tail
                || operation.call() instanceof Call.Start));
  }

  private static boolean precedes(History.Recorded first, History.Recorded second) {
    if (first.id() == second.id()) {
      return false;
    }
    boolean isInTime = !isUncertain(first) && first.answered() < second.invoked();
    boolean isOneClient = first.client().equals(second.client());
    if (second.call() instanceof Call.Read read && !read.isFresh()) {
      return isInTime && isOneClient && first.call() instanceof Call.Read;
    }
    boolean isOneStream =
        isOneClient
            && first.id() < second.id()
            && first.answer() instanceof Answer.Appended
            && second.call() instanceof Call.Append
            && (!(second.answer() instanceof Answer.Rejected) || is(second, Reason.EXPIRED));
    return isInTime || isOneStream;
  }

  /** The logs that there may be after an operation; none if it cannot be here. */
  private List<Log> after(Log log, History.Recorded operation) {
    Call call = operation.call();
    if (call instanceof Call.Append append) {
      return afterAppend(log, operation, append);
    }
    if (call instanceof Call.Read read) {
      return mayRead(log, operation, read) ? List.of(log) : List.of();
    }
    if (call instanceof Call.Tail) {
      return new Answer.Offset(log.records.size()).equals(operation.answer())
          ? List.of(log)
          : List.of();
    }
    if (call instanceof Call.Start) {
      return new Answer.Offset(log.start).equals(operation.answer()) ? List.of(log) : List.of();
    }
    if (call instanceof Call.Acquire acquire) {
      return afterAcquire(log, operation, acquire);
    }
    if (call instanceof Call.Trim trim) {
      return afterTrim(log, operation, trim);
    }
    return afterChange(log, operation);
  }

  private static List<Log> afterAppend(Log log, History.Recorded operation, Call.Append append) {
    Integer base = log.baseOf(append.batch());
    List<Log> results = new ArrayList<>();
    Writer writer = append.writerId() == null ? null : log.writers.get(append.writerId());
    if (base == null
        && !log.isFenced
        && (append.expectedNextOffset() == null
            || append.expectedNextOffset() == log.records.size())
        && (append.writerId() == null
            || (writer != null && Objects.equals(writer.epoch(), append.epoch())))) {
      Log longer = log.copy();
      longer.batches.put(log.records.size(), append.batch());
      longer.records.addAll(append.records());
      if (isUncertain(operation)
          || is(operation, Reason.EXPIRED)
          || new Answer.Appended(log.records.size()).equals(operation.answer())) {
        results.add(longer);
      }
    }
    if (operation.answer() instanceof Answer.Appended appended
        && base != null
        && base == appended.base()) {
      results.add(log);
    }
    if (operation.answer() instanceof Answer.Rejected rejected) {
      boolean isJustified =
          switch (rejected.reason()) {
            case EXPIRED -> true;
            case LOG_FENCED -> base == null && log.isFenced;
            case WRITER_FENCED ->
                base == null && writer != null && !Objects.equals(writer.epoch(), append.epoch());
            case UNKNOWN_WRITER -> base == null && append.writerId() != null && writer == null;
            case WRONG_OFFSET ->
                base == null
                    && append.expectedNextOffset() != null
                    && append.expectedNextOffset() != log.records.size();
            case EARLIER_FAILED, TRIMMED, OTHER_GENERATION -> false;
          };
      if (isJustified) {
        results.add(log);
      }
    }
    return results;
  }

  private boolean mayRead(Log log, History.Recorded operation, Call.Read read) {
    if (operation.answer() instanceof Answer.Records answer) {
      int count = answer.records().size();
      long last = answer.base() + count;
      boolean isLook = read.isFresh() || count == 0;
      return answer.base() >= read.from()
          && answer.base() >= knownStart(operation, read)
          && answer.base() <= Math.max(read.from(), log.start)
          && (isLook ? last == log.records.size() : last <= log.records.size())
          && log.records.subList((int) answer.base(), (int) last).equals(answer.records());
    }
    return is(operation, Reason.TRIMMED)
        ? log.start > read.from()
        : log.records.size() < read.from();
  }

  private long knownStart(History.Recorded operation, Call.Read read) {
    return operations.stream()
        .filter(other -> other.answered() < operation.invoked())
        .filter(
            other ->
                read.isFresh()
                    || (other.client().equals(operation.client())
                        && other.call() instanceof Call.Read))
        .mapToLong(
            other -> {
              if (other.call() instanceof Call.Read before) {
                return is(other, Reason.TRIMMED)
                    ? before.from() + 1
                    : other.answer() instanceof Answer.Records records
                            && records.base() > before.from()
                        ? records.base()
                        : 0;
              }
              return other.answer() instanceof Answer.Offset offset
                      && !(other.call() instanceof Call.Tail)
                  ? offset.offset()
                  : 0;
            })
        .max()
        .orElse(0);
  }

  private static List<Log> afterAcquire(Log log, History.Recorded operation, Call.Acquire acquire) {
    Writer writer = log.writers.get(acquire.writerId());
    boolean isHeld = writer != null && writer.holder().equals(acquire.holder());
    if (operation.answer() instanceof Answer.Rejected) {
      return writer != null && !isHeld ? List.of(log) : List.of();
    }
    Long epoch = operation.answer() instanceof Answer.Epoch told ? told.epoch() : null;
    if (writer != null && isHeld && (epoch == null || writer.epoch() != null)) {
      return Objects.equals(writer.epoch(), epoch) || epoch == null ? List.of(log) : List.of();
    }
    long told = writer == null ? -1 : writer.told();
    if (epoch != null && epoch <= told) {
      return List.of();
    }
    List<String> superseded = new ArrayList<>();
    if (writer != null) {
      superseded.addAll(writer.superseded());
      if (!isHeld) {
        superseded.add(writer.holder());
      }
    }
    if (superseded.contains(acquire.holder())) {
      return List.of();
    }
    Log next = log.copy();
    next.writers.put(
        acquire.writerId(),
        new Writer(acquire.holder(), epoch, epoch == null ? told : epoch, superseded));
    return List.of(next);
  }

  private static List<Log> afterTrim(Log log, History.Recorded operation, Call.Trim trim) {
    if (operation.answer() instanceof Answer.Rejected) {
      return log.records.size() < trim.to() ? List.of(log) : List.of();
    }
    if (trim.to() > log.records.size()) {
      return List.of();
    }
    Log next = log.copy();
    next.start = Math.max(log.start, trim.to());
    return isUncertain(operation) || new Answer.Offset(next.start).equals(operation.answer())
        ? List.of(next)
        : List.of();
  }

  private List<Log> afterChange(Log log, History.Recorded operation) {
    boolean isRefused = operation.answer() instanceof Answer.Rejected;
    boolean isLoose =
        operations.stream()
            .filter(other -> other.id() != operation.id() && !saysNothing(other))
            .filter(
                other -> other.call() instanceof Call.Fence || other.call() instanceof Call.Unfence)
            .filter(other -> other.invoked() <= operation.answered())
            .anyMatch(
                other ->
                    isUncertain(other)
                        || other.answer() instanceof Answer.Rejected
                        || (isRefused && other.answered() >= operation.invoked()));
    Log next = log.copy();
    if (operation.call() instanceof Call.Unfence unfence) {
      long undone = unfence.generation();
      boolean isThatFence =
          log.isFenced
              && (log.isGenerationKnown ? log.generation == undone : log.generation <= undone);
      if (isRefused) {
        return isLoose || !log.isFenced || !log.isGenerationKnown || log.generation != undone
            ? List.of(log)
            : List.of();
      }
      if (operation.answer() instanceof Answer.Generation told && told.generation() != undone + 1) {
        return List.of();
      }
      if (!log.isFenced && log.generation == undone + 1) {
        return List.of(log);
      }
      next.isFenced = false;
      next.generation = undone + 1;
      next.isGenerationKnown = true;
      return isThatFence || (isLoose && log.generation <= undone) ? List.of(next) : List.of();
    }
    if (isRefused) {
      return isLoose || !log.isFenced ? List.of(log) : List.of();
    }
    next.isFenced = true;
    if (operation.answer() instanceof Answer.Generation told) {
      next.generation = told.generation();
      next.isGenerationKnown = true;
      boolean isNext = told.generation() == log.generation + 1;
      boolean maySkip = (isLoose || !log.isGenerationKnown) && told.generation() > log.generation;
      return isNext || maySkip ? List.of(next) : List.of();
    }
    next.generation = log.generation + 1;
    next.isGenerationKnown = false;
    return List.of(next);
  }
}
