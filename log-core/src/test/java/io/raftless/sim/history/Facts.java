package io.raftless.sim.history;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a history says by itself, before any order is tried: at which offset a batch must be, which
 * record is at an offset, how far the log reached at least. Offsets and records at them never
 * change, so each such fact holds in every order that explains the history; two that contradict
 * each other are a proof that there is none.
 */
final class Facts {

  /** Two things were said that cannot both be true of one log. */
  static final class Contradiction extends Exception {
    private static final long serialVersionUID = 1L;

    Contradiction(String message) {
      super(message);
    }
  }

  private static final int MOST_HOLDERS = 64;
  private static final int NONE = -1;

  private final History history;
  private final Map<String, Integer> batchNumbers = new HashMap<>();
  private final Map<String, Integer> recordNumbers = new HashMap<>();
  private final Map<String, Integer> writerNumbers = new HashMap<>();
  private final Map<String, Integer> holderNumbers = new HashMap<>();
  private final List<Call.Append> batches = new ArrayList<>();
  private final List<int[]> contents = new ArrayList<>();

  /** No log of this history can be longer. */
  private final int longest;

  private final Operation[] operations;

  /** By batch: its base offset, if it must be there; and who says so. */
  private final int[] pinnedTo;

  private final Object[] pinnedBy;

  /** By offset: the batch that must begin there; the next offset at or after it with one. */
  private final int[] pinnedAt;

  private final int[] nextPinned;

  /** By offset: the record that must be there, and the operation that saw it. */
  private final int[] seen;

  private final int[] seenBy;

  /** By offset: how many records a batch that begins there must have; 0 if that is open. */
  private final int[] pieces;

  private int reached;

  Facts(History history) throws Contradiction {
    this.history = history;
    for (History.Recorded recorded : history.operations()) {
      if (recorded.call() instanceof Call.Append append
          && batchNumbers.putIfAbsent(append.batch(), batches.size()) == null) {
        batches.add(append);
        contents.add(append.records().stream().mapToInt(r -> number(recordNumbers, r)).toArray());
      }
    }
    longest = contents.stream().mapToInt(content -> content.length).sum();
    pinnedTo = filled(batches.size());
    pinnedBy = new Object[batches.size()];
    pinnedAt = filled(longest + 1);
    nextPinned = new int[longest + 2];
    seen = filled(longest + 1);
    seenBy = new int[longest + 1];
    pieces = new int[longest + 1];
    operations = compile();
    if (operations.length > 0 && holderNumbers.size() > MOST_HOLDERS) {
      throw new IllegalArgumentException("more than " + MOST_HOLDERS + " holders");
    }
    reach();
    takeFinalLog();
    pin();
  }

  private static int[] filled(int length) {
    int[] result = new int[length];
    Arrays.fill(result, NONE);
    return result;
  }

  private static int number(Map<String, Integer> numbers, String name) {
    Integer known = numbers.putIfAbsent(name, numbers.size());
    return known == null ? numbers.size() - 1 : known;
  }

  // ---- the operations

  private Operation[] compile() throws Contradiction {
    List<History.Recorded> kept = new ArrayList<>();
    for (History.Recorded recorded : history.operations()) {
      if (role(recorded) != null) {
        kept.add(recorded);
      } else if (recorded.answer() instanceof Answer.Rejected) {
        requireEarlierFailure(recorded);
      }
    }
    // Every read of an old state first: in this order, one that is not preceded by anything that is
    // open ends where the first one is that is.
    kept.sort(Comparator.comparingLong(Facts::notBefore).thenComparingInt(History.Recorded::id));
    Map<Integer, Integer> places = new HashMap<>();
    for (int place = 0; place < kept.size(); place++) {
      places.put(kept.get(place).id(), place);
    }
    Map<String, List<History.Recorded>> reads = new HashMap<>();
    Map<String, History.Recorded> lastAppended = new HashMap<>();
    List<History.Recorded> changes = new ArrayList<>();
    Map<Integer, int[]> after = new HashMap<>();
    for (History.Recorded recorded : history.operations()) {
      if (!places.containsKey(recorded.id())) {
        continue;
      }
      if (recorded.call() instanceof Call.Read) {
        List<History.Recorded> before =
            reads.computeIfAbsent(recorded.client(), client -> new ArrayList<>());
        after.put(
            recorded.id(),
            before.stream()
                .filter(read -> read.answered() < recorded.invoked())
                .mapToInt(read -> places.getOrDefault(read.id(), NONE))
                .toArray());
        before.add(recorded);
      } else if (recorded.call() instanceof Call.Append) {
        History.Recorded before = lastAppended.get(recorded.client());
        if (before != null && mayAppend(recorded)) {
          after.put(recorded.id(), new int[] {places.getOrDefault(before.id(), NONE)});
        }
        if (recorded.answer() instanceof Answer.Appended) {
          lastAppended.put(recorded.client(), recorded);
        }
      } else if (recorded.call() instanceof Call.Fence || recorded.call() instanceof Call.Unfence) {
        changes.add(recorded);
      }
    }
    Operation[] result = new Operation[kept.size()];
    for (int place = 0; place < result.length; place++) {
      History.Recorded recorded = kept.get(place);
      result[place] =
          compile(
              recorded, isLoose(recorded, changes), after.getOrDefault(recorded.id(), new int[0]));
    }
    return result;
  }

  private static boolean mayAppend(History.Recorded append) {
    return append.answer() == null
        || append.answer() instanceof Answer.Appended
        || append.answer() instanceof Answer.Unknown
        || new Answer.Rejected(Reason.EXPIRED).equals(append.answer());
  }

  /** A read of an old state is before nothing but what its client read before. */
  private static long notBefore(History.Recorded recorded) {
    return recorded.call() instanceof Call.Read read && !read.isFresh() ? -1 : recorded.invoked();
  }

  /**
   * Whether log.json may have been ahead of this partition: another change was under way whose
   * effect here is not certain, or, for a refusal, at the same time.
   */
  private static boolean isLoose(History.Recorded recorded, List<History.Recorded> changes) {
    if (!(recorded.call() instanceof Call.Fence) && !(recorded.call() instanceof Call.Unfence)) {
      return false;
    }
    boolean isRefused = recorded.answer() instanceof Answer.Rejected;
    return changes.stream()
        .filter(other -> other.id() != recorded.id() && other.invoked() <= recorded.answered())
        .anyMatch(
            other ->
                !(other.answer() instanceof Answer.Generation)
                    || (isRefused && other.answered() >= recorded.invoked()));
  }

  /** What failed, or was read without an answer, says nothing: null. */
  private static Operation.@Nullable Role role(History.Recorded recorded) {
    Answer answer = recorded.answer();
    if (answer instanceof Answer.Failed) {
      return null;
    }
    boolean isUnknown = answer == null || answer instanceof Answer.Unknown;
    Call call = recorded.call();
    if (call instanceof Call.Append) {
      if (isUnknown) {
        return Operation.Role.APPEND_MAYBE;
      }
      return answer instanceof Answer.Rejected rejected
          ? refused(rejected.reason())
          : Operation.Role.APPENDED;
    }
    if (call instanceof Call.Read read) {
      if (isUnknown) {
        return null;
      }
      if (answer instanceof Answer.Records records) {
        return read.isFresh() || records.records().isEmpty()
            ? Operation.Role.READ_TO_END
            : Operation.Role.READ_RUN;
      }
      return new Answer.Rejected(Reason.TRIMMED).equals(answer)
          ? Operation.Role.READ_TRIMMED
          : Operation.Role.READ_BEYOND_END;
    }
    if (call instanceof Call.Tail) {
      return isUnknown ? null : Operation.Role.TAIL;
    }
    if (call instanceof Call.Start) {
      return isUnknown ? null : Operation.Role.START;
    }
    boolean isRefused = answer instanceof Answer.Rejected;
    if (call instanceof Call.Fence) {
      return isUnknown
          ? Operation.Role.FENCE_MAYBE
          : isRefused ? Operation.Role.FENCE_REFUSED : Operation.Role.FENCE;
    }
    if (call instanceof Call.Unfence) {
      return isUnknown
          ? Operation.Role.UNFENCE_MAYBE
          : isRefused ? Operation.Role.UNFENCE_REFUSED : Operation.Role.UNFENCE;
    }
    if (call instanceof Call.Acquire) {
      return isUnknown
          ? Operation.Role.ACQUIRE_MAYBE
          : isRefused ? Operation.Role.ACQUIRE_REFUSED : Operation.Role.ACQUIRE;
    }
    return isUnknown
        ? Operation.Role.TRIM_MAYBE
        : isRefused ? Operation.Role.TRIM_REFUSED : Operation.Role.TRIM;
  }

  private static Operation.@Nullable Role refused(Reason reason) {
    return switch (reason) {
      case LOG_FENCED -> Operation.Role.NOT_APPENDED_FENCED;
      case WRITER_FENCED -> Operation.Role.NOT_APPENDED_WRITER_FENCED;
      case UNKNOWN_WRITER -> Operation.Role.NOT_APPENDED_UNKNOWN_WRITER;
      case WRONG_OFFSET -> Operation.Role.NOT_APPENDED_WRONG_OFFSET;
      case EXPIRED -> Operation.Role.APPEND_EXPIRED;
      case EARLIER_FAILED, TRIMMED, OTHER_GENERATION -> null;
    };
  }

  private void requireEarlierFailure(History.Recorded refused) throws Contradiction {
    boolean isJustified =
        history.operations().stream()
            .limit(refused.id())
            .anyMatch(
                earlier ->
                    earlier.client().equals(refused.client())
                        && earlier.call() instanceof Call.Append
                        && !(earlier.answer() instanceof Answer.Appended));
    if (!isJustified) {
      throw new Contradiction("no earlier append of this client failed: " + refused);
    }
  }

  private Operation compile(History.Recorded recorded, boolean isLoose, int[] after)
      throws Contradiction {
    Operation.Role role = role(recorded);
    if (role == null) {
      throw new IllegalArgumentException("says nothing: " + recorded);
    }
    int batch = NONE;
    int count = 0;
    int writer = NONE;
    int holder = NONE;
    long asked = NONE;
    long epoch = NONE;
    Call call = recorded.call();
    if (call instanceof Call.Append append) {
      batch = number(batchNumbers, append.batch());
      count = append.records().size();
      asked = append.expectedNextOffset() == null ? NONE : append.expectedNextOffset();
      if (append.writerId() != null && append.epoch() != null) {
        writer = number(writerNumbers, append.writerId());
        epoch = append.epoch();
      }
      requireClaim(role, recorded, append);
    } else if (call instanceof Call.Acquire acquire) {
      writer = number(writerNumbers, acquire.writerId());
      holder = number(holderNumbers, acquire.holder());
    } else if (call instanceof Call.Read read) {
      asked = read.from();
    } else if (call instanceof Call.Unfence unfence) {
      asked = unfence.generation();
    } else if (call instanceof Call.Trim trim) {
      asked = trim.to();
    }
    boolean isOptional = recorded.answer() == null || recorded.answer() instanceof Answer.Unknown;
    Operation operation =
        new Operation(
            recorded,
            role,
            isOptional,
            notBefore(recorded),
            batch,
            count,
            writer,
            holder,
            asked,
            told(recorded),
            epoch,
            isLoose,
            after);
    if (role == Operation.Role.UNFENCE && operation.told() != asked + 1) {
      throw new Contradiction(
          "an unfence makes the generation after the one it undoes: " + operation);
    }
    if (role == Operation.Role.TRIM && operation.told() < asked) {
      throw new Contradiction("a trim that was done leaves nothing below its target: " + operation);
    }
    return operation;
  }

  private static void requireClaim(
      Operation.Role role, History.Recorded recorded, Call.Append append) throws Contradiction {
    boolean needsWriter =
        role == Operation.Role.NOT_APPENDED_WRITER_FENCED
            || role == Operation.Role.NOT_APPENDED_UNKNOWN_WRITER;
    if (needsWriter && append.writerId() == null) {
      throw new Contradiction("it names no writer id: " + recorded);
    }
    if (role == Operation.Role.NOT_APPENDED_WRONG_OFFSET && append.expectedNextOffset() == null) {
      throw new Contradiction("it expects no offset: " + recorded);
    }
  }

  private static long told(History.Recorded recorded) {
    Answer answer = recorded.answer();
    if (answer instanceof Answer.Appended appended) {
      return appended.base();
    }
    if (answer instanceof Answer.Records records) {
      return records.base() + records.records().size();
    }
    if (answer instanceof Answer.Offset offset) {
      return offset.offset();
    }
    if (answer instanceof Answer.Generation generation) {
      return generation.generation();
    }
    return answer instanceof Answer.Epoch epoch ? epoch.epoch() : NONE;
  }

  // ---- offsets

  /** How far the log reached, which record is where, and which batch. */
  private void reach() throws Contradiction {
    for (Operation operation : operations) {
      switch (operation.role()) {
        case APPENDED -> {
          pin(operation.batch(), operation.told(), operation);
          reach(operation, operation.told() + operation.count());
        }
        case READ_RUN, READ_TO_END -> {
          reach(operation, operation.told());
          see(operation);
        }
        case TAIL, START, TRIM -> reach(operation, operation.told());
        case TRIM_MAYBE -> {
          if (operation.asked() <= longest) {
            reached = Math.max(reached, (int) operation.asked());
          }
        }
        default -> {}
      }
    }
  }

  private void reach(Operation operation, long offset) throws Contradiction {
    if (operation.told() < 0) {
      throw new Contradiction("a negative number: " + operation);
    }
    if (offset > longest) {
      throw new Contradiction(
          "there are " + longest + " records that anybody tried to append: " + operation);
    }
    reached = Math.max(reached, (int) offset);
  }

  private void pin(int batch, long base, Object by) throws Contradiction {
    if (pinnedTo[batch] != NONE && pinnedTo[batch] != base) {
      throw new Contradiction(
          "batch "
              + batchName(batch)
              + " is in two places: at "
              + pinnedTo[batch]
              + " ("
              + pinnedBy[batch]
              + ") and at "
              + base
              + " ("
              + by
              + ")");
    }
    pinnedTo[batch] = (int) base;
    pinnedBy[batch] = by;
  }

  private void see(Operation read) throws Contradiction {
    Answer answer = read.recorded().answer();
    if (!(answer instanceof Answer.Records records)) {
      return;
    }
    if (records.base() < read.asked()) {
      throw new Contradiction("it begins below what was asked for: " + read);
    }
    long known = knownStart(read);
    if (records.base() < known) {
      throw new Contradiction(
          "it begins below " + known + ", which the reader must know to be trimmed: " + read);
    }
    for (int i = 0; i < records.records().size(); i++) {
      Integer record = recordNumbers.get(records.records().get(i));
      if (record == null) {
        throw new Contradiction(
            "nobody tried to append '" + records.records().get(i) + "': " + read);
      }
      int offset = (int) records.base() + i;
      if (seen[offset] != NONE && seen[offset] != record) {
        throw new Contradiction(
            "two readers saw other records at offset "
                + offset
                + ": "
                + byId(seenBy[offset])
                + " and "
                + read);
      }
      seen[offset] = record;
      seenBy[offset] = read.id();
    }
  }

  private History.Recorded byId(int id) {
    return history.operations().get(id);
  }

  /**
   * Where the log starts at least, as a reader must know. A fresh one: all that was told to anybody
   * before. One that may be behind: what it was told itself.
   */
  private long knownStart(Operation read) {
    long known = 0;
    for (Operation other : operations) {
      if (other.recorded().answered() >= read.recorded().invoked()
          || (read.notBefore() < 0
              && !(other.isRead() && other.recorded().client().equals(read.recorded().client())))) {
        continue;
      }
      known =
          Math.max(
              known,
              switch (other.role()) {
                case START, TRIM -> other.told();
                case READ_TRIMMED -> other.asked() + 1;
                case READ_RUN, READ_TO_END -> other.base() > other.asked() ? other.base() : 0;
                default -> 0;
              });
    }
    return known;
  }

  private void takeFinalLog() throws Contradiction {
    History.FinalLog end = history.finalLog();
    if (end == null) {
      return;
    }
    long offset = end.base();
    for (History.Piece piece : end.pieces()) {
      if (offset + piece.count() > longest) {
        throw new Contradiction(
            "there are " + longest + " records that anybody tried to append: " + end);
      }
      pieces[(int) offset] = piece.count();
      if (piece.batch() != null) {
        Integer batch = batchNumbers.get(piece.batch());
        if (batch == null) {
          throw new Contradiction("nobody tried to append batch " + piece.batch() + ": " + end);
        }
        if (contents.get(batch).length != piece.count()) {
          throw new Contradiction("batch " + piece.batch() + " has another length: " + end);
        }
        pin(batch, offset, "the log at the end");
      }
      offset += piece.count();
    }
    if (offset > longest || end.startOffset() > offset) {
      throw new Contradiction("it cannot be that long, or start there: " + end);
    }
    for (Operation operation : operations) {
      if (isEvidence(operation) && lastSeen(operation) > offset) {
        throw new Contradiction("the log ends at " + offset + " at last, but: " + operation);
      }
    }
    reached = (int) offset;
  }

  private static boolean isEvidence(Operation operation) {
    return switch (operation.role()) {
      case APPENDED, READ_RUN, READ_TO_END, TAIL, START, TRIM -> true;
      default -> false;
    };
  }

  private static long lastSeen(Operation operation) {
    return operation.role() == Operation.Role.APPENDED
        ? operation.told() + operation.count()
        : operation.told();
  }

  private void pin() throws Contradiction {
    for (int batch = 0; batch < pinnedTo.length; batch++) {
      int base = pinnedTo[batch];
      if (base == NONE) {
        continue;
      }
      if (pinnedAt[base] != NONE) {
        throw new Contradiction(
            "two batches at offset "
                + base
                + ": "
                + batchName(pinnedAt[base])
                + " ("
                + pinnedBy[pinnedAt[base]]
                + ") and "
                + batchName(batch)
                + " ("
                + pinnedBy[batch]
                + ")");
      }
      pinnedAt[base] = batch;
    }
    nextPinned[longest + 1] = Integer.MAX_VALUE;
    for (int offset = longest; offset >= 0; offset--) {
      nextPinned[offset] = pinnedAt[offset] == NONE ? nextPinned[offset + 1] : offset;
    }
    for (int offset = 0; offset <= longest; offset++) {
      if (pinnedAt[offset] != NONE) {
        String trouble = whyNot(pinnedAt[offset], offset);
        if (trouble != null) {
          throw new Contradiction(
              "batch "
                  + batchName(pinnedAt[offset])
                  + " must be at "
                  + offset
                  + " ("
                  + pinnedBy[pinnedAt[offset]]
                  + "), but "
                  + trouble);
        }
      }
    }
  }

  // ---- what the search asks

  /** In an order in which whatever is not preceded by open operations comes first. */
  Operation[] operations() {
    return operations;
  }

  int batchCount() {
    return batches.size();
  }

  int writerCount() {
    return writerNumbers.size();
  }

  String batchName(int batch) {
    return batches.get(batch).batch();
  }

  List<String> records(int batch) {
    return batches.get(batch).records();
  }

  /** The writer ids by their numbers, for people. */
  Map<String, Integer> writers() {
    return writerNumbers;
  }

  /** The holders by their numbers, for people. */
  Map<String, Integer> holders() {
    return holderNumbers;
  }

  /** How far the log reached at least. */
  int reached() {
    return reached;
  }

  /** What the history says of the end; null if nothing. */
  History.@Nullable FinalLog finalLog() {
    return history.finalLog();
  }

  boolean isPinned(int batch) {
    return pinnedTo[batch] != NONE;
  }

  /** Whether the batch can be at this offset, as far as is known. */
  boolean fits(int batch, int offset) {
    int[] content = contents.get(batch);
    if (pinnedTo[batch] == NONE ? pinnedAt[offset] != NONE : pinnedTo[batch] != offset) {
      return false;
    }
    int end = offset + content.length;
    if (end > longest || nextPinned[offset + 1] < end) {
      return false;
    }
    History.FinalLog last = history.finalLog();
    if (last != null
        && (offset < last.base() ? end > last.base() : pieces[offset] != content.length)) {
      return false;
    }
    for (int i = 0; i < content.length; i++) {
      if (seen[offset + i] != NONE && seen[offset + i] != content[i]) {
        return false;
      }
    }
    return true;
  }

  /** For people: why {@link #fits} says no; null if it says yes. */
  @Nullable String whyNot(int batch, int offset) {
    if (fits(batch, offset)) {
      return null;
    }
    if (pinnedTo[batch] != NONE && pinnedTo[batch] != offset) {
      return "it must be at " + pinnedTo[batch] + " (" + pinnedBy[batch] + ")";
    }
    int[] content = contents.get(batch);
    for (int i = 0; i < content.length; i++) {
      int at = offset + i;
      if (at <= longest && seen[at] != NONE && seen[at] != content[i]) {
        return "another record was seen at " + at + ": " + byId(seenBy[at]);
      }
      if (at <= longest && pinnedAt[at] != NONE && pinnedAt[at] != batch) {
        return "batch "
            + batchName(pinnedAt[at])
            + " must be at "
            + at
            + " ("
            + pinnedBy[pinnedAt[at]]
            + ")";
      }
    }
    return "no batch of " + content.length + " records is there at the end";
  }
}
