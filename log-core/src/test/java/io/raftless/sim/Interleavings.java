package io.raftless.sim;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Looks at every interleaving of a scenario: depth-first, each schedule run from the beginning. Two
 * ways to leave out what would show nothing new, which a test compares with each other and with
 * leaving out nothing:
 *
 * <ul>
 *   <li><b>Orders that make no difference.</b> Two moves of different machines commute unless they
 *       touch the same key and one of them changes what is there and the other may notice ({@link
 *       Move#seesChangeBy}; a replacement that fails does not notice all changes), or one ends a
 *       call and the other begins one: what is judged is also which calls were answered before
 *       which were made. Schedules that differ in the order of moves that commute only are one. Of
 *       each one schedule is run, which is what dynamic partial order reduction with source sets
 *       and sleep sets does (Abdulla, Aronsson, Jonsson, Sagonas, POPL 2014): whenever two moves
 *       that do not commute follow each other without anything that orders them in between, the
 *       other order is put on the list of what is to be run. It rests on this: a machine does the
 *       same whenever it gets the same answers, so what it is about to do is still what it will do
 *       after others did something that it cannot see. Mishaps are not choices there (one would use
 *       up the bound of another): first all schedules without any are run, then for each write that
 *       was seen in them, and each mishap, all schedules in which that happens to that write.
 *   <li><b>States seen before.</b> A machine's randomness is its own and so is its clock ({@link
 *       ExhaustiveSchedule}), so its memory is a function of the answers that it got, in order.
 *       What the store has under a key is a function of the writes that it took, and each was
 *       answered or is noted where it landed. So the digest of all answers and of the writes still
 *       to land tells states apart: from equal ones the same may follow. The calls that were
 *       answered before a call was made are part of the digest as well ({@link ScenarioRun}).
 *       {@link #sample} looks whether equal digests do mean equal continuations.
 * </ul>
 *
 * <p>Checks of every step see every state in the second way. In the first they see everything that
 * happens to a key in every order that is possible, but not each state of one key with each state
 * of another. Where a check needs that, moves have to be in conflict that do not notice each other:
 * a head that ceases to refer to an object, and the deletion of that object, are.
 */
final class Interleavings {

  /** What is left out. */
  enum Pruning {
    NOTHING,
    STATES,
    ORDERS
  }

  /**
   * What came of a search.
   *
   * @param schedules that were run
   * @param completed of these, to the end
   * @param states that are different
   * @param prunedAtStates schedules that came to a state that was known
   * @param prunedAsleep schedules that would only have been another order of moves that commute
   * @param moves in the longest schedule
   * @param allSchedules estimate of how many there are without pruning
   * @param isComplete whether the bound on schedules was not reached
   * @param violation null if nothing was found
   * @param found the schedule in which it was found
   * @param trace of that schedule, for people
   * @param outcomes all that clients were told and all that was there, if asked for
   * @param reached what clients came to
   */
  record Result(
      Scenario scenario,
      long schedules,
      long completed,
      long states,
      long prunedAtStates,
      long prunedAsleep,
      int moves,
      double allSchedules,
      double seconds,
      boolean isComplete,
      @Nullable Violation violation,
      String found,
      String trace,
      Set<String> outcomes,
      Reached reached) {

    /** One line for people. */
    String line() {
      return String.format(
          Locale.ROOT,
          "%-58s %7d schedules (%d to the end), %7d states, pruned %d known + %d asleep,"
              + " up to %d moves, of about %.1e interleavings, %.1f s%s",
          scenario.name(),
          schedules,
          completed,
          states,
          prunedAtStates,
          prunedAsleep,
          moves,
          allSchedules,
          seconds,
          isComplete ? "" : ", NOT COMPLETE");
    }
  }

  /**
   * A move that was made, and what is known of it since.
   *
   * @param changed whether it changed the store: a write whose condition did not hold only read
   * @param replacement what it was to replace and did; null if it was not a replacement
   * @param dropped names of objects that a head referred to before, and does not any more
   * @param asked whether somebody made a call
   * @param told whether somebody heard of a call
   */
  private record Made(
      Move move,
      boolean changed,
      ScenarioRun.@Nullable Replacement replacement,
      Set<String> dropped,
      boolean asked,
      boolean told) {
    /** Whether it may make a difference which of the two is first. */
    boolean conflictsWith(Made other) {
      return move.follows(other.move)
          || other.move.follows(move)
          || (asked && other.told)
          || (told && other.asked)
          || (changed && other.noticesChangeBy(this))
          || (other.changed && noticesChangeBy(other))
          || deletesWhatIsDroppedBy(other)
          || other.deletesWhatIsDroppedBy(this);
    }

    /**
     * A replacement that found another state than it was to replace is told nothing of what it
     * found. So it would be told the same before and after a replacement of one state that is not
     * its own by another that is not either, wherever the two are next to each other: what a
     * replacement that took effect replaced, and by what, does not depend on when it was.
     */
    private boolean noticesChangeBy(Made other) {
      if (!move.seesChangeBy(other.move)) {
        return false;
      }
      return replacement == null
          || replacement.by() != null
          || other.replacement == null
          || replacement.on().equals(other.replacement.on())
          || replacement.on().equals(other.replacement.by());
    }

    /**
     * These do not notice each other. But if the deletion were first, a head would refer to what is
     * not there, and that must be seen by whoever checks every step.
     */
    private boolean deletesWhatIsDroppedBy(Made other) {
      return move.kind() == StoreRequest.Kind.DELETE
          && other.dropped.contains(References.name(move.key()));
    }
  }

  /** A state on the way. */
  private static final class Node {
    private final List<Move> all;
    private final List<Move> todo = new ArrayList<>();

    /** Moves that need not be made here, and those that were. */
    private final Map<Move, Made> sleep;

    private int next;

    /** The moves before this one that are before it in every order that makes no difference. */
    private BitSet before = new BitSet();

    Node(List<Move> all, Map<Move, Made> sleep) {
      this.all = all;
      this.sleep = sleep;
    }

    Move now() {
      return todo.get(next);
    }

    Made made() {
      Made made = sleep.get(now());
      if (made == null) {
        throw new IllegalStateException(now() + " was not made");
      }
      return made;
    }

    /** All that the machine of this move may do next. */
    void addAllLike(Move move) {
      for (Move other : all) {
        if (other.isOfSame(move) && !sleep.containsKey(other) && !todo.contains(other)) {
          todo.add(other);
        }
      }
    }
  }

  private static final int SAMPLES = 40;

  private final Scenario scenario;
  private final Strands strands;
  private final Pruning pruning;
  private final ScenarioRun.Foundation foundation;
  private final List<Node> path = new ArrayList<>();

  /** Digests of states. */
  private final Set<Long> known = new HashSet<>();

  /** Writes that were made without a mishap, by machine and number. */
  private final Set<Move> writes = new LinkedHashSet<>();

  private final Set<String> outcomes = new TreeSet<>();
  private final Reached reached = new Reached();
  private final boolean keepsOutcomes;
  private final Random random = new Random(1);

  /** Of some states, how they were reached first. */
  private final Map<Long, List<Move>> firstWays = new LinkedHashMap<>();

  /** Two ways to one state, for {@link #sample}. */
  private final List<List<List<Move>>> twoWays = new ArrayList<>();

  private ExhaustiveSchedule.@Nullable Fate fate;
  private long schedules;
  private long completed;
  private long states;
  private long prunedAtStates;
  private long prunedAsleep;
  private int longest;
  private @Nullable Violation violation;
  private String trace = "";

  Interleavings(Scenario scenario, Strands strands, Pruning pruning, boolean keepsOutcomes) {
    this.scenario = scenario;
    this.strands = strands;
    this.pruning = pruning;
    this.keepsOutcomes = keepsOutcomes;
    this.foundation = ScenarioRun.found(scenario, strands);
  }

  /**
   * Runs all schedules.
   *
   * @param most schedules; the search is not complete if it takes more
   */
  Result explore(long most) {
    long began = System.nanoTime();
    if (pruning == Pruning.ORDERS && scenario.mostMishaps() > 1) {
      throw new IllegalArgumentException("one mishap at most: " + scenario.name());
    }
    boolean isComplete = exploreAll(most);
    if (pruning == Pruning.ORDERS && scenario.mostMishaps() > 0) {
      for (Move write : List.copyOf(writes)) {
        for (Mishap mishap : Mishap.values()) {
          if (isComplete && violation == null && scenario.mishaps().contains(mishap)) {
            fate = new ExhaustiveSchedule.Fate(write.lane(), write.request(), mishap);
            isComplete = exploreAll(most);
          }
        }
      }
    }
    double estimate = violation == null ? estimate() : Double.NaN;
    return new Result(
        scenario,
        schedules,
        completed,
        states,
        prunedAtStates,
        prunedAsleep,
        longest,
        estimate,
        (System.nanoTime() - began) / 1e9,
        isComplete,
        violation,
        violation == null ? "" : schedule(),
        trace,
        outcomes,
        reached);
  }

  private boolean exploreAll(long most) {
    while (schedules < most && violation == null) {
      schedules++;
      go();
      if (violation == null && !turnBack()) {
        return true;
      }
    }
    return false;
  }

  private ScenarioRun begin() {
    // Without pruning of orders a mishap is a move among others.
    boolean isFated = pruning == Pruning.ORDERS;
    return ScenarioRun.begin(isFated ? scenario.withOne() : scenario, foundation, strands, fate);
  }

  /** Runs one schedule: the moves of the path, and from there on whatever comes first. */
  private void go() {
    ScenarioRun run = begin();
    try {
      for (int i = 0; i < path.size(); i++) {
        run.perform(path.get(i).now());
      }
      boolean isNew = !path.isEmpty();
      while (true) {
        if (isNew) {
          made(run);
        }
        if (!enter(run)) {
          return;
        }
        run.perform(path.get(path.size() - 1).now());
        isNew = true;
        longest = Math.max(longest, path.size());
      }
    } catch (Violation found) {
      violation = found;
      trace = run.world().journal().render();
    } catch (RuntimeException | Error e) {
      violation = new Violation("NoUnexpectedError", String.valueOf(e), e);
      trace = run.world().journal().render();
    } finally {
      reached.addAll(run.reached());
      run.end();
    }
  }

  /** The move of the last node was made just now. */
  private void made(ScenarioRun run) {
    int at = path.size() - 1;
    Node node = path.get(at);
    Move move = node.now();
    Made made =
        new Made(
            move,
            run.wasChanged(),
            run.replacement(),
            run.dropped(),
            run.wasAsked(),
            run.wasTold());
    node.sleep.put(move, made);
    if (fate == null && move.kind().isWrite()) {
      writes.add(new Move(move.lane(), move.request(), null, false, move.kind(), ""));
    }
    if (pruning != Pruning.ORDERS) {
      return;
    }
    BitSet before = new BitSet();
    List<Integer> races = new ArrayList<>();
    for (int i = at - 1; i >= 0; i--) {
      Node earlier = path.get(i);
      if (!before.get(i) && made.conflictsWith(earlier.made())) {
        if (!move.follows(earlier.now())) {
          races.add(i);
        }
        before.set(i);
        before.or(earlier.before);
      }
    }
    node.before = before;
    races.forEach(i -> reverse(i, at));
  }

  /** Sees to it that the later one of two moves also comes first. */
  private void reverse(int earlier, int later) {
    Node node = path.get(earlier);
    BitSet without = new BitSet();
    Move first = null;
    for (int i = earlier + 1; i <= later; i++) {
      BitSet before = path.get(i).before;
      if (i < later && before.get(earlier)) {
        continue;
      }
      // This could be made without the earlier one; could it be made at once?
      if (!before.intersects(without)) {
        Move move = path.get(i).now();
        if (node.sleep.containsKey(move) && !move.equals(node.now())) {
          return;
        }
        for (Move other : node.todo) {
          if (other.isOfSame(move)) {
            return;
          }
        }
        if (first == null) {
          first = move;
        }
      }
      without.set(i);
    }
    if (first == null) {
      throw new IllegalStateException("nothing can come before " + node.now());
    }
    node.addAllLike(first);
  }

  /** Adds a node for the state that the run is in; false if there is nothing to do there. */
  private boolean enter(ScenarioRun run) {
    List<Move> all = run.schedule().moves();
    if (pruning == Pruning.STATES) {
      long digest = run.schedule().digest();
      if (!known.add(digest)) {
        prunedAtStates++;
        List<Move> firstWay = firstWays.remove(digest);
        if (firstWay != null && twoWays.size() < SAMPLES) {
          twoWays.add(List.of(firstWay, way()));
        }
        return false;
      }
      if (random.nextInt(20) == 0 && firstWays.size() < 10 * SAMPLES) {
        firstWays.put(digest, way());
      }
    }
    states++;
    if (all.isEmpty()) {
      completed++;
      run.observe();
      if (keepsOutcomes) {
        outcomes.add(run.outcome());
      }
      return false;
    }
    Map<Move, Made> sleep = new HashMap<>();
    if (!path.isEmpty() && pruning == Pruning.ORDERS) {
      Node before = path.get(path.size() - 1);
      Made last = before.made();
      for (Made other : before.sleep.values()) {
        if (!other.conflictsWith(last)) {
          sleep.put(other.move, other);
        }
      }
    }
    Node node = new Node(all, sleep);
    if (pruning == Pruning.ORDERS) {
      for (Move move : all) {
        if (!sleep.containsKey(move)) {
          node.addAllLike(move);
          break;
        }
      }
      if (node.todo.isEmpty()) {
        prunedAsleep++;
        return false;
      }
    } else {
      node.todo.addAll(all);
    }
    path.add(node);
    return true;
  }

  private List<Move> way() {
    return path.stream().map(Node::now).toList();
  }

  /** Leaves the states where everything was looked at; false if there is none left. */
  private boolean turnBack() {
    while (!path.isEmpty()) {
      Node last = path.get(path.size() - 1);
      last.next++;
      if (last.next < last.todo.size()) {
        return true;
      }
      path.remove(path.size() - 1);
    }
    return false;
  }

  /** Of random schedules, how many there would be if all had as many alternatives (Knuth). */
  private double estimate() {
    Random dice = new Random(7);
    int probes = 100;
    double sum = 0;
    for (int i = 0; i < probes; i++) {
      ScenarioRun run = ScenarioRun.begin(scenario, foundation, strands, null);
      try {
        double product = 1;
        for (List<Move> moves = run.schedule().moves();
            !moves.isEmpty();
            moves = run.schedule().moves()) {
          product *= moves.size();
          run.perform(moves.get(dice.nextInt(moves.size())));
        }
        sum += product;
      } catch (Violation found) {
        // The search will find it too, and say how.
        sum += 1;
      } finally {
        run.end();
      }
    }
    return sum / probes;
  }

  /** Whether what follows on two ways to one state was the same, for some states. */
  int sample() {
    for (List<List<Move>> ways : twoWays) {
      List<String> one = continuation(ways.get(0));
      List<String> other = continuation(ways.get(1));
      if (!one.equals(other)) {
        throw new IllegalStateException(
            "two ways to one state, and what follows is not the same:\n"
                + String.join("\n", one)
                + "\n\n"
                + String.join("\n", other));
      }
    }
    return twoWays.size();
  }

  private List<String> continuation(List<Move> way) {
    List<String> lines = new ArrayList<>();
    Random dice = new Random(way.hashCode() * 0L + 3);
    ScenarioRun run = ScenarioRun.begin(scenario, foundation, strands, null);
    try {
      way.forEach(run::perform);
      for (List<Move> moves = run.schedule().moves();
          !moves.isEmpty();
          moves = run.schedule().moves()) {
        Move move = moves.get(dice.nextInt(moves.size()));
        run.perform(move);
        lines.add(move + " " + run.schedule().digest());
      }
    } finally {
      run.end();
    }
    return lines;
  }

  /** The path, as numbers of moves among all that there were, mishaps included. */
  private String schedule() {
    StringBuilder text = new StringBuilder();
    ScenarioRun run = ScenarioRun.begin(scenario, foundation, strands, null);
    try {
      for (Move move : way()) {
        text.append(text.isEmpty() ? "" : ",").append(run.schedule().moves().indexOf(move));
        run.perform(move);
      }
    } catch (Violation found) {
      // That is where it leads.
    } catch (RuntimeException | Error e) {
      // So it is called when it is found.
    } finally {
      run.end();
    }
    return text.toString();
  }

  /** Runs one schedule of a scenario again; returns its journal and what was found. */
  static String replay(Scenario scenario, Strands strands, String schedule) {
    ScenarioRun.Foundation foundation = ScenarioRun.found(scenario, strands);
    ScenarioRun run = ScenarioRun.begin(scenario, foundation, strands, null);
    String end = "nothing was found";
    try {
      for (String number : schedule.split(",", -1)) {
        if (!number.isEmpty()) {
          run.perform(run.schedule().moves().get(Integer.parseInt(number)));
        }
      }
      if (run.schedule().moves().isEmpty()) {
        run.observe();
      } else {
        end = "nothing was found, and these could be next: " + run.schedule().moves();
      }
    } catch (Violation found) {
      end = "found " + found;
    } catch (RuntimeException | Error e) {
      end = "found " + new Violation("NoUnexpectedError", String.valueOf(e), e);
    } finally {
      run.end();
    }
    return run.world().journal().render() + end + '\n';
  }
}
