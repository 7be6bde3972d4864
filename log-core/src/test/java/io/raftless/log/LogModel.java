package io.raftless.log;

import io.raftless.format.LogRecord;
import io.raftless.format.Origin;
import io.raftless.head.LogSettings;
import io.raftless.id.Incarnation;
import io.raftless.id.Label;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What one incarnation of a log is, said as simply as possible: lists in memory, no index, no
 * retry, no cache. An operation returns what the log should answer, or throws {@link Refusal}.
 */
final class LogModel {
  /** What becomes of whoever uses a log that was deleted, or deleted and created again. */
  static final List<Class<? extends Throwable>> GONE =
      List.of(RaftlessException.LogNotFound.class, RaftlessException.OtherIncarnation.class);

  private static final int REMEMBERED_HOLDERS = 16;
  private static final int MOST_PARTITIONS = 10_000;
  private static final int MOST_CHARACTERS = 1_024;

  /** The log should fail, in one of these ways. */
  static final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<Class<? extends Throwable>> kinds;

    Refusal(List<Class<? extends Throwable>> kinds) {
      super(kinds.toString());
      this.kinds = kinds;
    }

    Refusal(Class<? extends Throwable> kind) {
      this(List.of(kind));
    }

    List<Class<? extends Throwable>> kinds() {
      return kinds;
    }
  }

  /** Whether appends are taken. */
  enum State {
    OPEN,
    FENCED,
    DELETED
  }

  /** A batch that was staged. */
  record Staged(StagedBatch batch, List<LogRecord> records) {
    Label label() {
      return batch.batch().label();
    }
  }

  /** Records that were appended as one; without a label where nobody hears of it. */
  record Batch(long base, int count, long millis, @Nullable Label label) {
    long end() {
      return base + count;
    }
  }

  /** Who may append as a writer id. */
  static final class Writer {
    private final List<String> superseded = new ArrayList<>();
    private String holder;
    private @Nullable String position;

    /** Empty from a change on until the log has said it. */
    private OptionalLong epoch = OptionalLong.empty();

    Writer(String holder) {
      this.holder = holder;
    }

    String holder() {
      return holder;
    }

    @Nullable String position() {
      return position;
    }

    OptionalLong epoch() {
      return epoch;
    }

    int supersededHolders() {
      return superseded.size();
    }
  }

  /** One partition. */
  static final class Part {
    private final int number;

    /** All that there ever were; the place is the offset. */
    private final List<LogRecord> records = new ArrayList<>();

    /** Under which right each of them was committed. */
    private final List<@Nullable Origin> origins = new ArrayList<>();

    private final List<Batch> batches = new ArrayList<>();
    private final SortedMap<String, Writer> writers = new TreeMap<>();
    private long start;
    private long indexStart;
    private long newestEpoch;
    private long compactedTo;

    Part(int number) {
      this.number = number;
    }

    int number() {
      return number;
    }

    long start() {
      return start;
    }

    long indexStart() {
      return indexStart;
    }

    long end() {
      return records.size();
    }

    SortedMap<String, Writer> writers() {
      return writers;
    }

    List<Batch> batches() {
      return batches;
    }

    /** Compaction changes nothing that can be seen: this is only to know what was tested. */
    long compactedTo() {
      return compactedTo;
    }

    void learnCompactedTo(long offset) {
      compactedTo = offset;
    }

    List<LogRecord> records(long from, long to) {
      return records.subList((int) from, (int) to);
    }

    List<@Nullable Origin> origins(long from, long to) {
      return origins.subList((int) from, (int) to);
    }

    Optional<Batch> batchOf(Label label, boolean alsoForgotten) {
      return batches.stream()
          .filter(batch -> alsoForgotten || batch.base() >= indexStart)
          .filter(batch -> label.equals(batch.label()))
          .findFirst();
    }

    /** The first readable record of that time or later. */
    OptionalLong firstAt(long timestamp) {
      for (long offset = start; offset < end(); offset++) {
        if (records.get((int) offset).timestamp() >= timestamp) {
          return OptionalLong.of(offset);
        }
      }
      return OptionalLong.empty();
    }

    private long add(
        List<LogRecord> more, long millis, @Nullable Label label, @Nullable WriterClaim claim) {
      long base = end();
      records.addAll(more);
      Origin origin = claim == null ? null : new Origin(claim.writerId(), claim.epoch());
      more.forEach(record -> origins.add(origin));
      batches.add(new Batch(base, more.size(), millis, label));
      return base;
    }
  }

  /** A consumer group's cursor in a partition. */
  record Position(long generation, OptionalLong offset, @Nullable String metadata) {
    static final Position NONE = new Position(0, OptionalLong.empty(), null);
  }

  private final Incarnation incarnation;
  private final List<Part> parts = new ArrayList<>();
  private final SortedMap<String, SortedMap<Integer, Position>> groups = new TreeMap<>();
  private State state = State.OPEN;
  private long generation;
  private LogSettings settings = LogSettings.DEFAULTS;

  /** Labels of before may not be newly appended. */
  private long horizonMillis;

  LogModel(Incarnation incarnation, int partitions) {
    this.incarnation = incarnation;
    grow(partitions);
  }

  Incarnation incarnation() {
    return incarnation;
  }

  State state() {
    return state;
  }

  boolean isGone() {
    return state == State.DELETED;
  }

  long generation() {
    return generation;
  }

  long horizonMillis() {
    return horizonMillis;
  }

  int partitions() {
    return parts.size();
  }

  Part part(int number) {
    return parts.get(number);
  }

  List<Part> parts() {
    return parts;
  }

  LogSettings settings() {
    return settings;
  }

  void requireThere() {
    if (isGone()) {
      throw new Refusal(GONE);
    }
  }

  /** As whoever knows {@code known} partitions finds one. */
  Part partition(int number, int known) {
    if (number < 0 || number >= MOST_PARTITIONS) {
      throw new Refusal(
          isGone()
              ? List.of(GONE.get(0), GONE.get(1), IllegalArgumentException.class)
              : List.of(IllegalArgumentException.class));
    }
    if (number >= known) {
      requireThere();
    }
    if (number >= parts.size()) {
      throw new Refusal(IllegalArgumentException.class);
    }
    return parts.get(number);
  }

  // -------------------------------------------------------------------------------- appending

  long append(
      Part part,
      @Nullable WriterClaim claim,
      List<LogRecord> records,
      AppendConditions conditions,
      long nowMillis) {
    requireMayAppend(part, claim);
    if (conditions.expectedNextOffset().isPresent()
        && conditions.expectedNextOffset().getAsLong() != part.end()) {
      throw new Refusal(RaftlessException.OffsetMismatch.class);
    }
    store(part, claim, conditions.position());
    return part.add(records, nowMillis, null, claim);
  }

  /** One that is forgotten may be remembered by who asks: both answers are true then. */
  CommitResult commit(
      int partition,
      int knownPartitions,
      List<Staged> batches,
      @Nullable WriterClaim claim,
      @Nullable String position,
      boolean remembersForgotten) {
    requireArguments(partition, batches, claim, position);
    Part part = partition(partition, knownPartitions);
    List<Optional<Batch>> found =
        batches.stream().map(b -> part.batchOf(b.label(), remembersForgotten)).toList();
    if (!found.stream().allMatch(Optional::isPresent)) {
      for (int i = 0; i < found.size(); i++) {
        if (found.get(i).isEmpty()
            && batches.get(i).label().time().toEpochMilli() < horizonMillis) {
          throw new Refusal(RaftlessException.StagedBatchExpired.class);
        }
      }
      requireMayAppend(part, claim);
      store(part, claim, position);
    }
    List<Long> bases = new ArrayList<>();
    int already = 0;
    for (int i = 0; i < found.size(); i++) {
      Staged staged = batches.get(i);
      if (found.get(i).isPresent()) {
        already++;
        bases.add(found.get(i).get().base());
      } else {
        long millis = staged.label().time().toEpochMilli();
        bases.add(part.add(staged.records(), millis, staged.label(), claim));
      }
    }
    return new CommitResult(bases, already);
  }

  private void requireArguments(
      int partition, List<Staged> batches, @Nullable WriterClaim claim, @Nullable String position) {
    if (claim != null && claim.partition() != partition) {
      throw new Refusal(IllegalArgumentException.class);
    }
    Set<Label> labels = new HashSet<>();
    boolean isTwice = false;
    for (Staged staged : batches) {
      if (staged.batch().partition() != partition) {
        throw new Refusal(IllegalArgumentException.class);
      }
      if (!staged.batch().incarnation().equals(incarnation)) {
        throw new Refusal(RaftlessException.OtherIncarnation.class);
      }
      isTwice |= !labels.add(staged.label());
    }
    if (batches.isEmpty()
        || isTwice
        || (position != null && claim == null)
        || isTooLong(position)) {
      throw new Refusal(IllegalArgumentException.class);
    }
  }

  static boolean isTooLong(@Nullable String position) {
    return position != null && position.length() > MOST_CHARACTERS;
  }

  private void requireMayAppend(Part part, @Nullable WriterClaim claim) {
    requireOpen();
    if (claim != null) {
      requireHolder(part, claim);
    }
  }

  private void requireOpen() {
    requireThere();
    if (state == State.FENCED) {
      throw new Refusal(RaftlessException.LogFenced.class);
    }
  }

  private static Writer requireHolder(Part part, WriterClaim claim) {
    Writer writer = part.writers.get(claim.writerId());
    if (writer == null || writer.epoch.orElse(-1) != claim.epoch()) {
      throw new Refusal(RaftlessException.WriterFenced.class);
    }
    return writer;
  }

  private static void store(Part part, @Nullable WriterClaim claim, @Nullable String position) {
    if (claim != null && position != null) {
      requireHolder(part, claim).position = position;
    }
  }

  // -------------------------------------------------------------------------------- writer ids

  /** What the claims' positions should be; epochs are the log's to choose. */
  SortedMap<Integer, Optional<String>> acquire(String writerId, String holder) {
    if (isNoName(writerId) || isNoName(holder)) {
      throw new Refusal(IllegalArgumentException.class);
    }
    requireThere();
    acquire(parts.get(0), writerId, holder);
    boolean isFenced = false;
    for (Part part : parts.subList(1, parts.size())) {
      try {
        acquire(part, writerId, holder);
      } catch (Refusal superseded) {
        // The others are acquired all the same: they are asked side by side.
        isFenced = true;
      }
    }
    if (isFenced) {
      throw new Refusal(RaftlessException.WriterFenced.class);
    }
    SortedMap<Integer, Optional<String>> positions = new TreeMap<>();
    for (Part part : parts) {
      Writer writer = Objects.requireNonNull(part.writers.get(writerId));
      positions.put(part.number, Optional.ofNullable(writer.position));
    }
    return positions;
  }

  private static boolean isNoName(String name) {
    return name.isEmpty() || name.length() > 200;
  }

  private static void acquire(Part part, String writerId, String holder) {
    Writer writer = part.writers.get(writerId);
    if (writer == null) {
      part.writers.put(writerId, new Writer(holder));
    } else if (!writer.holder.equals(holder)) {
      if (writer.superseded.contains(holder)) {
        throw new Refusal(RaftlessException.WriterFenced.class);
      }
      writer.superseded.add(writer.holder);
      if (writer.superseded.size() > REMEMBERED_HOLDERS) {
        writer.superseded.remove(0);
      }
      writer.holder = holder;
      writer.epoch = OptionalLong.empty();
    }
  }

  /** The log says the epochs. A new one is larger than all that there were; the others stay. */
  void learnEpoch(int partition, String writerId, long epoch) {
    Part part = parts.get(partition);
    Writer writer = Objects.requireNonNull(part.writers.get(writerId));
    if (writer.epoch.isPresent()) {
      if (writer.epoch.getAsLong() != epoch) {
        throw new AssertionError("epoch " + epoch + " of a holder that had " + writer.epoch);
      }
      return;
    }
    if (epoch <= part.newestEpoch) {
      throw new AssertionError("epoch " + epoch + " came after " + part.newestEpoch);
    }
    writer.epoch = OptionalLong.of(epoch);
    part.newestEpoch = epoch;
  }

  void forget(
      int partition,
      int knownPartitions,
      String writerId,
      long epoch,
      Forgetting forgetting,
      boolean isRelease) {
    Part part = partition(partition, knownPartitions);
    requireThere();
    Writer writer = part.writers.get(writerId);
    if (writer == null) {
      return;
    }
    if (writer.epoch.orElse(-1) != epoch) {
      if (!isRelease) {
        throw new Refusal(RaftlessException.Refused.class);
      }
      return;
    }
    if (forgetting == Forgetting.NOTHING_OF_USE
        && (writer.position != null || !writer.superseded.isEmpty())) {
      throw new Refusal(RaftlessException.Refused.class);
    }
    part.writers.remove(writerId);
  }

  /** Claims are released side by side: one that is refused does not keep the others. */
  void release(Collection<WriterClaim> claims, int knownPartitions, Forgetting forgetting) {
    List<Refusal> refusals = new ArrayList<>();
    for (WriterClaim claim : claims) {
      try {
        forget(
            claim.partition(), knownPartitions, claim.writerId(), claim.epoch(), forgetting, true);
      } catch (Refusal refusal) {
        refusals.add(refusal);
      }
    }
    if (!refusals.isEmpty()) {
      throw refusals.get(0);
    }
  }

  void storePosition(
      WriterClaim claim, int knownPartitions, @Nullable String expected, String next) {
    Part part = partition(claim.partition(), knownPartitions);
    if (isTooLong(next)) {
      throw new Refusal(IllegalArgumentException.class);
    }
    Writer writer = requireHolder(part, claim);
    if (next.equals(writer.position)) {
      return;
    }
    requireOpen();
    if (!Objects.equals(expected, writer.position)) {
      throw new Refusal(RaftlessException.PositionMoved.class);
    }
    writer.position = next;
  }

  // ---------------------------------------------------------------------------- life of the log

  long fence() {
    requireThere();
    state = State.FENCED;
    return ++generation;
  }

  long unfence(long ofGeneration) {
    requireThere();
    if (state == State.OPEN && generation == ofGeneration + 1) {
      return generation;
    }
    if (state != State.FENCED || generation != ofGeneration) {
      throw new Refusal(RaftlessException.Refused.class);
    }
    state = State.OPEN;
    return ++generation;
  }

  int addPartitions(int total) {
    if (total < 1 || total > MOST_PARTITIONS) {
      throw new Refusal(IllegalArgumentException.class);
    }
    requireThere();
    if (total < parts.size()) {
      throw new Refusal(RaftlessException.Refused.class);
    }
    grow(total);
    return total;
  }

  private void grow(int total) {
    while (parts.size() < total) {
      parts.add(new Part(parts.size()));
    }
  }

  LogSettings changeSettings(UnaryOperator<LogSettings> operation) {
    requireThere();
    settings = operation.apply(settings);
    return settings;
  }

  LogSettings replaceSettings(LogSettings expected, LogSettings next) {
    requireThere();
    if (!expected.equals(settings)) {
      throw new Refusal(RaftlessException.Refused.class);
    }
    settings = next;
    return settings;
  }

  void delete() {
    state = State.DELETED;
  }

  // -------------------------------------------------------------------------------- maintenance

  long trim(Part part, long offset) {
    if (offset < 0) {
      throw new Refusal(IllegalArgumentException.class);
    }
    requireThere();
    if (offset > part.end()) {
      throw new Refusal(RaftlessException.OffsetOutOfRange.class);
    }
    part.start = Math.max(part.start, offset);
    return part.start;
  }

  void raiseHorizon(long millis) {
    horizonMillis = Math.max(horizonMillis, millis);
  }

  /** The index begins there now: legal, if nothing is forgotten that somebody may ask for. */
  void forgetTrimmed(Part part, long newIndexStart) {
    if (newIndexStart < part.indexStart || newIndexStart > part.start) {
      throw new AssertionError(
          "the index begins at "
              + newIndexStart
              + ", it did at "
              + part.indexStart
              + ", and the partition at "
              + part.start);
    }
    boolean isBoundary = newIndexStart == 0;
    for (Batch batch : part.batches) {
      isBoundary |= batch.end() == newIndexStart;
      boolean isForgotten = batch.base() < newIndexStart && batch.end() > part.indexStart;
      if (isForgotten && batch.millis() >= horizonMillis) {
        throw new AssertionError(batch + " is forgotten, and not below " + horizonMillis);
      }
    }
    if (!isBoundary) {
      throw new AssertionError("a batch is cut by the begin of the index at " + newIndexStart);
    }
    part.indexStart = newIndexStart;
  }

  // ------------------------------------------------------------------------------------ cursors

  Position position(String group, int partition) {
    SortedMap<Integer, Position> positions = groups.get(group);
    return positions == null ? Position.NONE : positions.getOrDefault(partition, Position.NONE);
  }

  private void place(String group, Part part, Position position) {
    groups.computeIfAbsent(group, name -> new TreeMap<>()).put(part.number, position);
  }

  private static long resolve(Part part, ResetTo to) {
    if (to instanceof ResetTo.Earliest) {
      return part.start;
    }
    if (to instanceof ResetTo.Latest) {
      return part.end();
    }
    if (to instanceof ResetTo.Timestamp time) {
      return part.firstAt(time.timestampMillis()).orElse(part.end());
    }
    long offset = ((ResetTo.Offset) to).offset();
    if (offset < part.start || offset > part.end()) {
      throw new Refusal(RaftlessException.Refused.class);
    }
    return offset;
  }

  Position start(String group, Part part, ResetTo beginning) {
    requireThere();
    Position now = position(group, part.number);
    if (now.offset().isPresent()) {
      return now;
    }
    long offset = resolve(part, beginning);
    Position next = new Position(now.generation(), OptionalLong.of(offset), null);
    place(group, part, next);
    return next;
  }

  Class<? extends Acknowledgement> acknowledge(
      String group, Part part, long ofGeneration, long from, long to) {
    if (from < 0 || from >= to) {
      throw new Refusal(IllegalArgumentException.class);
    }
    requireThere();
    if (to > part.end()) {
      throw new Refusal(RaftlessException.Refused.class);
    }
    Position now = position(group, part.number);
    if (now.generation() != ofGeneration || now.offset().isEmpty()) {
      return Acknowledgement.Mismatch.class;
    }
    if (now.offset().getAsLong() >= to) {
      return Acknowledgement.AlreadyProcessed.class;
    }
    if (now.offset().getAsLong() != from) {
      return Acknowledgement.Mismatch.class;
    }
    place(group, part, new Position(now.generation(), OptionalLong.of(to), null));
    return Acknowledgement.Advanced.class;
  }

  Class<? extends Acknowledgement> advance(
      String group, Part part, long ofGeneration, long to, @Nullable String metadata) {
    if (to < 0 || isTooLong(metadata)) {
      throw new Refusal(IllegalArgumentException.class);
    }
    requireThere();
    if (to > part.end()) {
      throw new Refusal(RaftlessException.Refused.class);
    }
    Position now = position(group, part.number);
    if (now.generation() != ofGeneration) {
      return Acknowledgement.Mismatch.class;
    }
    if (now.offset().isPresent() && now.offset().getAsLong() >= to) {
      return Acknowledgement.AlreadyProcessed.class;
    }
    place(group, part, new Position(now.generation(), OptionalLong.of(to), metadata));
    return Acknowledgement.Advanced.class;
  }

  Position reset(String group, Part part, ResetTo to, OptionalLong ofGeneration) {
    requireThere();
    long offset = resolve(part, to);
    Position now = position(group, part.number);
    if (ofGeneration.orElse(now.generation()) != now.generation()) {
      throw new Refusal(RaftlessException.Refused.class);
    }
    Position next = new Position(now.generation() + 1, OptionalLong.of(offset), null);
    place(group, part, next);
    return next;
  }

  void deleteGroup(String group) {
    requireThere();
    for (Part part : parts) {
      Position now = position(group, part.number);
      if (now.offset().isPresent()) {
        place(group, part, new Position(now.generation() + 1, OptionalLong.empty(), null));
      }
    }
  }

  List<String> groups() {
    Set<String> there = new TreeSet<>();
    groups.forEach(
        (name, positions) -> {
          if (positions.values().stream().anyMatch(at -> at.offset().isPresent())) {
            there.add(name);
          }
        });
    return List.copyOf(there);
  }

  /** The first offset that one of the groups has not read; who has not begun has read nothing. */
  OptionalLong smallestOffset(Part part, Collection<String> names) {
    return names.stream()
        .mapToLong(name -> position(name, part.number).offset().orElse(part.start))
        .min();
  }
}
