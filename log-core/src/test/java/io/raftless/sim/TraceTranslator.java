package io.raftless.sim;

import io.raftless.format.Json;
import io.raftless.head.AppendOutcome;
import io.raftless.head.AppendRequest;
import io.raftless.head.Head;
import io.raftless.head.LogDescriptor;
import io.raftless.id.Label;
import io.raftless.index.Segment;
import io.raftless.sim.TraceHeads.Flat;
import io.raftless.sim.TraceRecorder.Attempt;
import io.raftless.sim.TraceRecorder.Note;
import io.raftless.sim.TraceRecorder.Request;
import io.raftless.sim.history.Answer;
import io.raftless.sim.history.Call;
import io.raftless.sim.history.Reason;
import io.raftless.store.ETag;
import io.raftless.store.GetOutcome;
import io.raftless.store.PutOutcome;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes a trace of a run: what happened in one partition, as events of docs/spec/traces.md.
 *
 * <p>What is told by the journal stays in its order, with these exceptions, none of which passes a
 * change at the store:
 *
 * <ul>
 *   <li>That a request has its place in the queue is told late, when it is taken, so that the queue
 *       is in the order of the places, not of the uploads; or, if it is never taken, when its
 *       upload is there.
 *   <li>That a group ended is told when its callers hear of it, which is a moment after the update
 *       ended: in between its writer may give up. If all of them gave up, it is told when the
 *       committer is seen to have taken the next.
 *   <li>That a request failed whose turn never came is told when the group before it has ended.
 * </ul>
 */
final class TraceTranslator {

  /** A writer's committer in one life of a machine, or one commit of a staged batch. */
  private static final class Proc {
    private final String name;
    private final boolean isCommitter;
    private String machine = "";
    private @Nullable Object update;

    /** How the group under way ended; its callers do not know yet. */
    private @Nullable TraceEvent settling;

    private final List<Queued> group = new ArrayList<>();
    private final List<Queued> queue = new ArrayList<>();
    private final List<TraceEvent> postponed = new ArrayList<>();
    private boolean isUsed;

    Proc(String name, boolean isCommitter) {
      this.name = name;
      this.isCommitter = isCommitter;
    }
  }

  /** A request of a writer, and how far it came. */
  private static final class Queued {
    private final Request request;
    private final Stream stream;
    private final @Nullable Label label;
    private boolean isEverSent;
    private boolean isUploaded;
    private boolean isMade;
    private boolean isHeard;

    Queued(Request request, Stream stream) {
      this.request = request;
      this.stream = stream;
      this.label = request.probe().label();
    }
  }

  /** A stream, with its requests in order. */
  private static final class Stream {
    private final String name;
    private final List<Queued> requests = new ArrayList<>();
    private boolean isPoisoned;

    Stream(String name) {
      this.name = name;
    }
  }

  /** One run of a vacuum. */
  private static final class Sweeper {
    private final String name;
    private boolean isRaised;
    private boolean hasNeeds;
    private long version;

    Sweeper(String name) {
      this.name = name;
    }
  }

  private static final int PARTITION = 0;

  private final Simulation.Outcome outcome;
  private final TraceRecorder recorder;
  private final TraceHeads heads = new TraceHeads();
  private final List<TraceEvent> events = new ArrayList<>();

  // What is known of the log.
  private final Map<ETag, Flat> headOf = new HashMap<>();
  private final Map<Integer, Flat> headSent = new HashMap<>();
  private final Map<Long, Head> versions = new TreeMap<>();
  private final Map<String, Set<Label>> objects = new HashMap<>();
  private @Nullable LogDescriptor log;
  private long fenced;

  // Machines.
  private final Map<String, Integer> lives = new HashMap<>();
  private final Map<Integer, Integer> lifeOf = new HashMap<>();
  private final Set<Integer> answered = new HashSet<>();

  // Writers.
  private final Map<String, Proc> committers = new HashMap<>();
  private final List<Proc> pool = new ArrayList<>();
  private final IdentityHashMap<Object, Proc> procOf = new IdentityHashMap<>();
  private final IdentityHashMap<Object, Stream> streams = new IdentityHashMap<>();
  private final IdentityHashMap<Object, Queued> queued = new IdentityHashMap<>();
  private final Map<Label, Queued> byLabel = new HashMap<>();
  private final Map<Label, Observations.Staged> staged = new HashMap<>();
  private final Set<Object> endedByStore = new HashSet<>();
  private final Set<Label> made = new HashSet<>();
  private final Set<List<Object>> said = new HashSet<>();
  private int givingUpUntil = -1;

  // Vacuums and readers.
  private final Map<String, Sweeper> sweepers = new HashMap<>();
  private final Map<Integer, Sweeper> sweeperOf = new HashMap<>();
  private int sweeps;
  private final Map<String, String> readers = new HashMap<>();
  private final Map<String, Long> readUpTo = new HashMap<>();
  private final Map<String, Label> labelOfText = new HashMap<>();

  /** Notes nothing but what may be needed later. */
  private TraceTranslator(Simulation.Outcome outcome, TraceRecorder recorder) {
    this.outcome = outcome;
    this.recorder = recorder;
    for (Observations.Staged one : outcome.observations().staged()) {
      if (one.batch().partition() == PARTITION) {
        staged.put(one.batch().batch().label(), one);
        one.records().forEach(text -> labelOfText.put(text, one.batch().batch().label()));
      }
    }
    for (Note note : recorder.notes()) {
      if (note instanceof TraceRecorder.Enqueued enqueued) {
        know(enqueued.request());
      }
    }
    for (Journal.Entry entry : outcome.journal().entries()) {
      StoreRequest<?> request = entry.request();
      Attempt attempt = request == null ? null : recorder.attempt(request.number());
      if (attempt != null) {
        for (AppendRequest one : attempt.group()) {
          Queued mine = byLabel.get(one.batches().get(0).label());
          if (mine != null) {
            mine.isEverSent = true;
          }
        }
      }
    }
  }

  /** The trace of partition 0 of a run that is over. */
  static List<TraceEvent> translate(Simulation.Outcome outcome, TraceRecorder recorder) {
    return new TraceTranslator(outcome, recorder).translate();
  }

  private void know(Request request) {
    Stream stream =
        streams.computeIfAbsent(
            request.probe().stream(), any -> new Stream("s" + (streams.size() + 1)));
    Queued mine = new Queued(request, stream);
    queued.put(request.probe().identity(), mine);
    stream.requests.add(mine);
    if (mine.label != null) {
      Label label = mine.label;
      byLabel.put(label, mine);
      request.texts().forEach(text -> labelOfText.put(text, label));
    }
  }

  private List<TraceEvent> translate() {
    List<Note> notes = new ArrayList<>(recorder.notes());
    Deque<Note> left = new ArrayDeque<>(notes);
    Map<Integer, Observations.Told> told = new HashMap<>();
    outcome.observations().told().forEach(one -> told.put(one.number(), one));
    for (Journal.Entry entry : outcome.journal().entries()) {
      while (!left.isEmpty() && left.element().number() <= entry.number()) {
        note(left.remove());
      }
      switch (entry.kind()) {
        case SENT -> sent(entry, of(entry));
        case EFFECT -> tookEffect(entry, of(entry));
        case ANSWERED -> wasAnswered(entry, of(entry));
        case UNHEARD -> answered.add(of(entry).number());
        case CALLED -> called(entry);
        case TOLD -> told(entry, told.get(entry.number()));
        case MACHINE -> machine(entry);
      }
    }
    finalReading();
    return events;
  }

  private static StoreRequest<?> of(Journal.Entry entry) {
    StoreRequest<?> request = entry.request();
    if (request == null) {
      throw new IllegalStateException(entry + " is about no request");
    }
    return request;
  }

  private void add(TraceEvent event) {
    events.add(event);
  }

  private int life(String machine) {
    return lives.getOrDefault(machine, 0);
  }

  private static boolean isHead(String key) {
    return key.endsWith("/" + PARTITION + "/head");
  }

  private static Label labelIn(String key) {
    return Label.parse(key.substring(key.lastIndexOf('/') + 1));
  }

  /** What kind of object a key names; null if the model has none of it. */
  private @Nullable String kindOf(String key) {
    if (key.contains("/wal/")) {
      return "wal";
    }
    if (key.contains("/" + PARTITION + "/segment/")) {
      return "segment";
    }
    return key.contains("/" + PARTITION + "/node/") && heads.isList(labelIn(key)) ? "list" : null;
  }

  private Set<Label> objects(String kind) {
    return objects.computeIfAbsent(kind, any -> new HashSet<>());
  }

  // ---------------------------------------------------------------------------------------------
  // Requests

  private void sent(Journal.Entry entry, StoreRequest<?> request) {
    lifeOf.put(request.number(), life(entry.machine()));
    String key = request.key();
    if (request.kind() == StoreRequest.Kind.CREATE && key.contains("/" + PARTITION + "/node/")) {
      heads.node(labelIn(key), request.body());
    }
    if (request.kind().isWrite() && isHead(key)) {
      headSent.put(request.number(), heads.head(request.body()));
    }
    Sweeper sweeper = sweepers.get(entry.machine());
    if (sweeper != null) {
      sweeperOf.put(request.number(), sweeper);
      if (request.kind() == StoreRequest.Kind.LIST && sweeper.version > 0 && !sweeper.hasNeeds) {
        needs(entry, sweeper);
      }
    }
    Attempt attempt = recorder.attempt(request.number());
    if (attempt != null && !attempt.group().isEmpty()) {
      attempted(entry, request, attempt);
    }
  }

  private Flat base(StoreRequest<?> request) {
    Flat base = headOf.get(request.expected());
    if (base == null) {
      throw new IllegalStateException(request + " is made on a head that was never there");
    }
    return base;
  }

  private Flat written(StoreRequest<?> request) {
    Flat written = headSent.get(request.number());
    if (written == null) {
      throw new IllegalStateException(request + " was never sent");
    }
    return written;
  }

  private void attempted(Journal.Entry entry, StoreRequest<?> request, Attempt attempt) {
    List<Label> group =
        attempt.group().stream()
            .flatMap(one -> one.batches().stream())
            .map(b -> b.label())
            .toList();
    boolean isStaged = staged.keySet().containsAll(group);
    Proc proc = procOf.get(attempt.update());
    if (proc == null) {
      proc = isStaged ? idle(entry.machine()) : committer(entry.machine());
      if (!isStaged) {
        settle(entry.number(), proc);
        for (Label label : group) {
          Queued mine = byLabel.get(label);
          if (mine == null) {
            throw new IllegalStateException(label + " is in an attempt, and nobody made it");
          }
          make(entry.number(), mine.stream, mine);
          proc.queue.remove(mine);
          proc.group.add(mine);
        }
      }
      proc.update = attempt.update();
      procOf.put(attempt.update(), proc);
    }
    TraceEvent event =
        TraceEvent.of(entry.number(), "sent")
            .with("proc", proc.name)
            .with("version", base(request).head().version())
            .with("group", group)
            .with("adds", written(request).addedTo(base(request)));
    if (isStaged) {
      AppendRequest.Fencing fencing = attempt.group().get(0).fencing();
      event =
          event
              .with("writerId", fencing == null ? "" : fencing.writerId())
              .with("epoch", fencing == null ? 0L : fencing.epoch());
    }
    proc.isUsed = true;
    add(event);
  }

  private Proc committer(String machine) {
    return committers.computeIfAbsent(
        machine,
        name -> {
          Proc proc = new Proc("m" + (committers.size() + 1), true);
          proc.machine = name;
          return proc;
        });
  }

  /** A process for one commit of a staged batch. */
  private Proc idle(String machine) {
    for (Proc proc : pool) {
      if (proc.update == null) {
        proc.machine = machine;
        return proc;
      }
    }
    Proc proc = new Proc("c" + (pool.size() + 1), false);
    proc.machine = machine;
    pool.add(proc);
    return proc;
  }

  private void tookEffect(Journal.Entry entry, StoreRequest<?> request) {
    if (request.kind() == StoreRequest.Kind.DELETE) {
      deleted(entry, request);
    }
    if (!(request.outcome() instanceof PutOutcome.Stored stored)) {
      return;
    }
    String key = request.key();
    if (isHead(key)) {
      Flat written = written(request);
      if (request.kind() == StoreRequest.Kind.CREATE) {
        requireFirst(written.head());
      } else {
        landed(entry, request, base(request), written);
      }
      headOf.put(stored.etag(), written);
      versions.put(written.head().version(), written.head());
    } else if (key.endsWith("/log.json")) {
      changed(entry, request);
    } else {
      String kind = kindOf(key);
      if (kind != null) {
        put(entry, kind, labelIn(key));
      }
    }
  }

  private static void requireFirst(Head head) {
    if (head.version() != 1
        || head.state().generation() != 0
        || !head.horizon().equals(Label.ZERO)) {
      throw new IllegalStateException("the model begins with another head than " + head);
    }
  }

  private void put(Journal.Entry entry, String kind, Label label) {
    objects(kind).add(label);
    add(TraceEvent.of(entry.number(), "put").with("kind", kind).with("label", label));
    Observations.Staged batch = staged.get(label);
    if (kind.equals("wal") && batch != null && made.add(label)) {
      add(
          TraceEvent.of(entry.number(), "staged")
              .with("label", label)
              .with("count", batch.batch().batch().count()));
    }
    Queued mine = byLabel.get(label);
    if (kind.equals("wal") && mine != null) {
      mine.isUploaded = true;
      make(entry.number(), mine.stream, null);
    }
  }

  private boolean isLate(Journal.Entry entry, StoreRequest<?> request) {
    return answered.contains(request.number())
        || lifeOf.getOrDefault(request.number(), 0) != life(entry.machine());
  }

  private void landed(Journal.Entry entry, StoreRequest<?> request, Flat base, Flat next) {
    TraceEvent event = TraceEvent.of(entry.number(), "landed");
    Attempt attempt = recorder.attempt(request.number());
    if (attempt == null) {
      throw new IllegalStateException(request + " is of no update");
    }
    Proc proc = procOf.get(attempt.update());
    if (!attempt.group().isEmpty()) {
      if (proc == null) {
        throw new IllegalStateException(request + " landed before it was sent");
      }
      event =
          event
              .with("change", "append")
              .with("proc", proc.name)
              .with("late", isLate(entry, request))
              .with("adds", next.addedTo(base));
    } else {
      event = change(event, attempt.transition(), base, next);
    }
    add(event.with("head", next.summary()));
  }

  private TraceEvent change(TraceEvent event, String transition, Flat before, Flat after) {
    Head base = before.head();
    Head next = after.head();
    for (var writer : next.writers().entrySet()) {
      var known = base.writers().get(writer.getKey());
      if (known == null || known.epoch() != writer.getValue().epoch()) {
        return event
            .with("change", "acquire")
            .with("writerId", writer.getKey())
            .with("epoch", writer.getValue().epoch());
      }
    }
    for (String writerId : base.writers().keySet()) {
      if (!next.writers().containsKey(writerId)) {
        return event.with("change", "release").with("writerId", writerId);
      }
    }
    if (!base.state().equals(next.state())) {
      return event.with("change", "state");
    }
    if (base.startOffset() != next.startOffset()) {
      return event.with("change", "trim");
    }
    if (!base.horizon().equals(next.horizon())) {
      return event.with("change", "horizon");
    }
    if (before.wal().equals(after.wal()) && before.segments().equals(after.segments())) {
      return event.with("change", "touch");
    }
    if (transition.equals("ForgetTrimmed")) {
      return event.with("change", "forget");
    }
    int same = 0;
    while (same < Math.min(before.segments().size(), after.segments().size())
        && before.segments().get(same).equals(after.segments().get(same))) {
      same++;
    }
    List<Segment> made = after.segments().subList(same, after.segments().size());
    return event
        .with("change", "compact")
        .with("merged", before.segments().size() - same)
        .with("made", made.stream().map(heads::segment).toList());
  }

  private void wasAnswered(Journal.Entry entry, StoreRequest<?> request) {
    answered.add(request.number());
    if (request.future().isCompletedExceptionally()) {
      return;
    }
    Object answer = request.future().join();
    Sweeper sweeper = sweeperOf.get(request.number());
    if (recorder.isSurvey(request.number())
        && answer instanceof GetOutcome.Found found
        && sweeper != null) {
      Flat head = headOf.get(found.etag());
      sweeper.version = head == null ? 0 : head.head().version();
    }
    Attempt attempt = recorder.attempt(request.number());
    if (attempt == null || attempt.group().isEmpty()) {
      return;
    }
    Proc proc = procOf.get(attempt.update());
    if (proc == null) {
      throw new IllegalStateException(request + " was answered before it was sent");
    }
    boolean isStored = answer instanceof PutOutcome.Stored;
    TraceEvent event =
        TraceEvent.of(entry.number(), "answered")
            .with("proc", proc.name)
            .with("outcome", isStored ? "stored" : "undecided");
    boolean isBump = written(request).addedTo(base(request)).isEmpty();
    if (!isStored || isBump) {
      add(event);
      return;
    }
    endedByStore.add(attempt.update());
    proc.settling = event;
    if (!proc.isCommitter) {
      settle(entry.number(), proc);
    }
  }

  // ---------------------------------------------------------------------------------------------
  // Requests of writers

  /**
   * Says of requests of a stream that they have their place.
   *
   * @param upTo the one that is taken now; null to stop before those that will be taken later
   */
  private void make(int number, Stream stream, @Nullable Queued upTo) {
    for (Queued next : stream.requests) {
      Label label = next.label;
      if (label != null && !next.isMade) {
        boolean isTaken = upTo != null;
        if (!isTaken && (!next.isUploaded || stream.isPoisoned || next.isEverSent)) {
          return;
        }
        makeOne(number, next, label);
      }
      if (next == upTo) {
        return;
      }
    }
  }

  /** Of a stream that fails now, all that has come so far fails with it. */
  private void makeAll(int number, Stream stream) {
    for (Queued next : stream.requests) {
      Label label = next.label;
      if (label != null && !next.isMade) {
        if (!next.isUploaded || stream.isPoisoned) {
          return;
        }
        makeOne(number, next, label);
      }
    }
  }

  private void makeOne(int number, Queued next, Label label) {
    next.isMade = true;
    made.add(label);
    AppendRequest request = next.request.probe().request();
    if (request == null) {
      throw new IllegalStateException("a request with a label and without a batch");
    }
    AppendRequest.Fencing fencing = next.request.probe().fencing();
    Proc proc = committer(next.request.machine());
    proc.isUsed = true;
    proc.queue.add(next);
    add(
        TraceEvent.of(number, "made")
            .with("proc", proc.name)
            .with("stream", next.stream.name)
            .with("label", label)
            .with("count", request.batches().get(0).count())
            .with("writerId", fencing == null ? "" : fencing.writerId())
            .with("epoch", fencing == null ? 0L : fencing.epoch()));
  }

  /** A request of a stream failed, or nobody knows: what is queued of it fails with it. */
  private void poison(int number, Stream stream) {
    makeAll(number, stream);
    stream.isPoisoned = true;
  }

  private static void dropPoisoned(Proc proc) {
    for (Queued next : List.copyOf(proc.queue)) {
      if (next.stream.isPoisoned) {
        next.isHeard = true;
        proc.queue.remove(next);
      }
    }
  }

  private void note(Note note) {
    if (note instanceof TraceRecorder.Ended ended) {
      ended(ended);
    } else if (note instanceof TraceRecorder.GaveUp gaveUp) {
      gaveUp(gaveUp);
    }
  }

  private void ended(TraceRecorder.Ended ended) {
    Proc proc = procOf.get(ended.update());
    if (proc == null || proc.update != ended.update() || endedByStore.contains(ended.update())) {
      return;
    }
    List<AppendOutcome> outcomes = ended.outcomes();
    List<Object> verdicts = new ArrayList<>();
    List<AppendRequest> group = groupOf(ended.update());
    for (int i = 0; i < group.size(); i++) {
      Map<String, Object> verdict = new LinkedHashMap<>();
      verdict.put("label", group.get(i).batches().get(0).label());
      verdict.put(
          "verdict",
          outcomes == null ? (ended.isUnknown() ? "unknown" : "failed") : verdict(outcomes.get(i)));
      verdict.put(
          "offset",
          outcomes != null && outcomes.get(i) instanceof AppendOutcome.Committed committed
              ? committed.baseOffsets().get(0)
              : 0L);
      verdicts.add(verdict);
    }
    proc.settling =
        TraceEvent.of(ended.number(), "settled")
            .with("proc", proc.name)
            .with("verdicts", verdicts)
            .with("why", outcomes == null ? "time" : "decided");
    if (!proc.isCommitter) {
      settle(ended.number(), proc);
    }
  }

  private static String verdict(AppendOutcome outcome) {
    if (outcome instanceof AppendOutcome.Committed) {
      return "acked";
    }
    return outcome instanceof AppendOutcome.Expired expired && !expired.isAbsent()
        ? "unknown"
        : "failed";
  }

  private List<AppendRequest> groupOf(Object update) {
    for (Journal.Entry entry : outcome.journal().entries()) {
      StoreRequest<?> request = entry.request();
      Attempt attempt = request == null ? null : recorder.attempt(request.number());
      if (attempt != null && attempt.update() == update) {
        return attempt.group();
      }
    }
    throw new IllegalStateException("an update that ended was never attempted");
  }

  /** The group under way ends now, if it has. */
  private void settle(int number, Proc proc) {
    TraceEvent event = proc.settling;
    if (event != null) {
      if (event.has("verdicts")) {
        for (Object one : (List<?>) event.get("verdicts")) {
          Map<?, ?> verdict = (Map<?, ?>) one;
          Queued mine = byLabel.get((Label) verdict.get("label"));
          if (mine != null && !"acked".equals(verdict.get("verdict"))) {
            poison(number, mine.stream);
          }
        }
      } else {
        // Of a group that was stored in part, the others were rejected.
        rejectedOf(event).forEach(mine -> poison(number, mine.stream));
      }
      add(event);
      proc.settling = null;
      proc.group.forEach(mine -> mine.isHeard = true);
      proc.group.clear();
      proc.update = null;
      dropPoisoned(proc);
    }
    if (proc.update == null) {
      flush(proc);
    }
  }

  private List<Queued> rejectedOf(TraceEvent stored) {
    List<Queued> rejected = new ArrayList<>();
    for (Note note : recorder.notes()) {
      if (note instanceof TraceRecorder.Ended ended
          && ended.number() == stored.number() + 1
          && ended.outcomes() != null) {
        List<AppendRequest> group = groupOf(ended.update());
        for (int i = 0; i < group.size(); i++) {
          Queued mine = byLabel.get(group.get(i).batches().get(0).label());
          if (mine != null && !verdict(ended.outcomes().get(i)).equals("acked")) {
            rejected.add(mine);
          }
        }
      }
    }
    return rejected;
  }

  private void gaveUp(TraceRecorder.GaveUp gaveUp) {
    givingUpUntil = gaveUp.end();
    Proc proc = committer(gaveUp.machine());
    List<Stream> affected = new ArrayList<>();
    for (Object identity : gaveUp.streams()) {
      Stream stream = streams.get(identity);
      if (stream != null) {
        affected.add(stream);
      }
    }
    List<Label> taken = new ArrayList<>();
    for (Label label : gaveUp.taken()) {
      Queued mine = byLabel.get(label);
      if (mine != null && !proc.group.contains(mine)) {
        taken.add(label);
        // Taken, so the group before it has ended, even if nobody was left to hear of it.
        settle(gaveUp.number(), proc);
        makeGroupOf(gaveUp.number(), mine, label);
      }
    }
    for (Stream stream : affected) {
      makeAll(gaveUp.number(), stream);
    }
    boolean isAny =
        proc.queue.stream().anyMatch(next -> affected.contains(next.stream))
            || proc.group.stream()
                .anyMatch(next -> affected.contains(next.stream) && !next.isHeard);
    if (isAny) {
      add(
          TraceEvent.of(gaveUp.number(), "gaveUp")
              .with("proc", proc.name)
              .with("streams", affected.stream().map(stream -> (Object) stream.name).toList())
              .with("taken", taken));
      for (Stream stream : affected) {
        boolean isHit =
            proc.queue.stream().anyMatch(next -> next.stream == stream)
                || proc.group.stream().anyMatch(next -> next.stream == stream && !next.isHeard);
        stream.isPoisoned |= isHit;
      }
      proc.group.stream()
          .filter(next -> affected.contains(next.stream))
          .forEach(next -> next.isHeard = true);
      for (Queued next : List.copyOf(proc.queue)) {
        if (affected.contains(next.stream)) {
          next.isHeard = true;
          proc.queue.remove(next);
        }
      }
    }
  }

  /**
   * A request was taken, and no attempt was made yet: those that it was taken with are in order.
   */
  private void makeGroupOf(int number, Queued mine, Label label) {
    for (Journal.Entry entry : outcome.journal().entries()) {
      StoreRequest<?> request = entry.request();
      Attempt attempt = request == null ? null : recorder.attempt(request.number());
      if (attempt != null
          && attempt.group().stream().anyMatch(one -> one.batches().get(0).label().equals(label))) {
        for (AppendRequest one : attempt.group()) {
          Queued other = byLabel.get(one.batches().get(0).label());
          if (other != null) {
            make(number, other.stream, other);
          }
        }
        return;
      }
    }
    make(number, mine.stream, mine);
  }

  // ---------------------------------------------------------------------------------------------
  // What clients hear

  private void told(Journal.Entry entry, Observations.@Nullable Told told) {
    if (told == null || told.partition() != PARTITION) {
      return;
    }
    if (told.call() instanceof Call.Append call) {
      appended(entry, call, told.answer());
    } else if (told.call() instanceof Call.Fence
        && told.answer() instanceof Answer.Generation generation
        && generation.generation() > fenced) {
      fenced = generation.generation();
      add(TraceEvent.of(entry.number(), "fenced").with("generation", fenced));
    } else if (told.call() instanceof Call.Read read
        && told.answer() instanceof Answer.Records records) {
      String reader = readers.computeIfAbsent(told.client(), any -> "r" + (readers.size() + 1));
      handed(entry.number(), reader, read.from(), records.base(), records.records());
    }
  }

  private void appended(Journal.Entry entry, Call.Append call, Answer answer) {
    String verdict =
        answer instanceof Answer.Appended
            ? "acked"
            : answer instanceof Answer.Unknown
                    || (answer instanceof Answer.Rejected rejected
                        && rejected.reason() == Reason.EXPIRED)
                ? "unknown"
                : "failed";
    boolean isDecided =
        answer instanceof Answer.Appended
            || (answer instanceof Answer.Rejected rejected
                && rejected.reason() != Reason.EARLIER_FAILED);
    TraceEvent event =
        TraceEvent.of(entry.number(), "told")
            .with("verdict", verdict)
            .with("why", isDecided ? "decided" : "time");
    Request request = recorder.request(call.records().get(0));
    Label label = labelOfText.get(call.records().get(0));
    if (request != null) {
      toldOfRequest(event, request, call.records().get(0), answer);
    } else if (label != null && staged.containsKey(label)) {
      Proc proc = idle(entry.machine());
      proc.isUsed = true;
      say(
          event
              .with("proc", proc.name)
              .with("label", label)
              .with("offset", answer instanceof Answer.Appended appended ? appended.base() : 0L)
              .with("group", List.of(label))
              .with("writerId", call.writerId() == null ? "" : call.writerId())
              .with("epoch", call.epoch() == null ? (Long) 0L : call.epoch()));
    }
  }

  private void toldOfRequest(TraceEvent event, Request request, String text, Answer answer) {
    Queued mine = queued.get(request.probe().identity());
    if (mine == null || mine.label == null) {
      return; // Its upload did not end well: nobody ever knew of it.
    }
    Proc proc = committer(request.machine());
    if (event.number() >= givingUpUntil) {
      settle(event.number(), proc);
    }
    make(event.number(), mine.stream, null);
    boolean isFailed = event.get("verdict").equals("failed");
    if (!mine.isMade && isFailed) {
      return; // It failed with its stream before it got its place in the model.
    }
    long place = request.texts().indexOf(text);
    TraceEvent full =
        event
            .with("proc", proc.name)
            .with("label", mine.label)
            .with(
                "offset",
                answer instanceof Answer.Appended appended ? appended.base() - place : 0L);
    if (!mine.isHeard && isFailed) {
      proc.postponed.add(full);
      flush(proc);
    } else {
      say(full);
    }
  }

  /** What was told of requests whose turn never came; each fails what is behind it. */
  private void flush(Proc proc) {
    for (TraceEvent event : List.copyOf(proc.postponed)) {
      Queued mine = byLabel.get((Label) event.get("label"));
      if (mine == null || proc.update != null) {
        return;
      }
      boolean isNext =
          proc.queue.stream()
              .filter(next -> next.stream == mine.stream)
              .findFirst()
              .map(next -> next == mine)
              .orElse(true);
      if (isNext || mine.isHeard) {
        proc.postponed.remove(event);
        poison(event.number(), mine.stream);
        say(event);
        dropPoisoned(proc);
      }
    }
  }

  /** Everything is said once: of a batch, each of its records is told the same. */
  private void say(TraceEvent event) {
    boolean isStaged = event.has("group");
    if (isStaged
        || said.add(List.of(event.get("label"), event.get("verdict"), event.get("offset")))) {
      add(event);
    }
  }

  private void handed(int number, String reader, long from, long base, List<String> texts) {
    Long known = readUpTo.get(reader);
    if (known == null || known != from) {
      add(TraceEvent.of(number, "opened").with("reader", reader).with("offset", from));
    }
    int i = 0;
    while (i < texts.size()) {
      Label label = labelOfText.get(texts.get(i));
      if (label == null) {
        throw new IllegalStateException("a reader was given " + texts.get(i) + ": of which batch?");
      }
      int end = i + 1;
      while (end < texts.size() && label.equals(labelOfText.get(texts.get(end)))) {
        end++;
      }
      add(
          TraceEvent.of(number, "handed")
              .with("reader", reader)
              .with("label", label)
              .with("from", base + i)
              .with("to", base + end));
      i = end;
    }
    readUpTo.put(reader, base + texts.size());
  }

  /** What the observer read at the end. */
  private void finalReading() {
    for (Simulation.FinalState last : outcome.finalStates()) {
      if (last.partition() == PARTITION) {
        handed(
            outcome.journal().size(),
            "observer",
            last.startOffset(),
            last.startOffset(),
            last.records());
      }
    }
  }

  // ---------------------------------------------------------------------------------------------
  // Machines, log.json, vacuum

  private void called(Journal.Entry entry) {
    if (entry.text().contains(" Vacuum[")) {
      sweepers.put(entry.machine(), new Sweeper("v" + ++sweeps));
    }
  }

  private void machine(Journal.Entry entry) {
    if (!entry.text().equals("crashes")) {
      return;
    }
    lives.merge(entry.machine(), 1, Integer::sum);
    sweepers.remove(entry.machine());
    List<Object> dead = new ArrayList<>();
    Proc committer = committers.get(entry.machine());
    if (committer != null && committer.isUsed) {
      dead.add(committer.name);
      forget(committer);
    }
    for (Proc proc : pool) {
      if (proc.update != null && proc.machine.equals(entry.machine())) {
        dead.add(proc.name);
        forget(proc);
      }
    }
    if (!dead.isEmpty()) {
      add(TraceEvent.of(entry.number(), "crashed").with("procs", dead));
    }
  }

  private static void forget(Proc proc) {
    proc.update = null;
    proc.settling = null;
    proc.group.clear();
    proc.queue.clear();
    proc.postponed.clear();
    proc.isUsed = false;
  }

  private void changed(Journal.Entry entry, StoreRequest<?> request) {
    LogDescriptor before = log;
    LogDescriptor now =
        Json.decode(request.body(), LogDescriptor.class, "log.json", LogDescriptor.FORMAT);
    log = now;
    if (before == null) {
      return;
    }
    if (!before.state().equals(now.state())) {
      add(
          TraceEvent.of(entry.number(), "log")
              .with("status", now.state().status().name())
              .with("generation", now.state().generation()));
    }
    if (!before.horizon().equals(now.horizon())) {
      Sweeper sweeper = sweeperOf.get(request.number());
      if (sweeper == null) {
        throw new IllegalStateException(request + " moves the horizon and is of no vacuum");
      }
      raised(entry, sweeper);
    }
  }

  private Label horizon() {
    LogDescriptor now = log;
    return now == null ? Label.ZERO : now.horizon();
  }

  private void raised(Journal.Entry entry, Sweeper sweeper) {
    if (sweeper.isRaised) {
      add(TraceEvent.of(entry.number(), "swept").with("vacuum", sweeper.name));
    }
    sweeper.isRaised = true;
    add(
        TraceEvent.of(entry.number(), "raised")
            .with("vacuum", sweeper.name)
            .with("horizon", horizon()));
  }

  /**
   * A vacuum knows what is needed. Its bound is not in what it sends: the largest that it may have
   * is taken, which is the horizon of the head that it read.
   */
  private void needs(Journal.Entry entry, Sweeper sweeper) {
    raised(entry, sweeper);
    sweeper.hasNeeds = true;
    Head head = versions.get(sweeper.version);
    if (head == null) {
      throw new IllegalStateException("there was no version " + sweeper.version);
    }
    Label bound = head.horizon().compareTo(horizon()) < 0 ? head.horizon() : horizon();
    add(
        TraceEvent.of(entry.number(), "needs")
            .with("vacuum", sweeper.name)
            .with("version", sweeper.version)
            .with("bound", bound));
  }

  private void deleted(Journal.Entry entry, StoreRequest<?> request) {
    String kind = kindOf(request.key());
    Sweeper sweeper = sweeperOf.get(request.number());
    if (kind == null || !objects(kind).remove(labelIn(request.key()))) {
      return;
    }
    if (sweeper == null) {
      throw new IllegalStateException(request + " deletes and is of no vacuum");
    }
    add(
        TraceEvent.of(entry.number(), "deleted")
            .with("vacuum", sweeper.name)
            .with("kind", kind)
            .with("label", labelIn(request.key())));
  }
}
