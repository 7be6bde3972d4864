package io.raftless.sim;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Looks at every interleaving of a scenario: depth-first, each schedule run from the beginning, up to
 * a state that is known. What is left out, and why nothing is missed by it:
 *
 * <ul>
 *   <li><b>States seen before.</b> A machine's randomness is its own and so is its clock ({@link
 *       ExhaustiveSchedule}), so its memory is a function of the answers that it got, in order. What
 *       the store has under a key is a function of the writes that it took, and each was answered or
 *       is noted where it landed. So the digest of all answers and of the writes still to land tells
 *       states apart: from equal ones the same may follow. What is checked at the end depends on more,
 *       namely on which calls were answered before which were made; so that is part of the digest
 *       as well ({@link ScenarioRun}). {@link #sample} lets a test look whether equal digests do mean
 *       equal continuations.
 *   <li><b>Sleep sets.</b> Where two moves commute ({@link Move#conflictsWith}), and neither ends a
 *       call while the other begins one, both orders lead to the same state, and the second is
 *       not run. All states are still reached (Godefroid), if a state that is reached again with a
 *       smaller sleep set than before is gone on from with the moves that slept then, which is done.
 *   <li><b>Moves that are nobody else's.</b> To create an object whose name nobody knows yet, and to
 *       read one that is there and immutable, commutes with all that others may ever do, as long as
 *       nobody lists or deletes; whether anybody does is said by the scenario, and who does without
 *       having said so ends the search. If all moves of a machine are such, they go first, alone.
 *       They begin and end no call, or all other moves are looked at as well. Any state in which such a
 *       move had not been made yet differs from one that is looked at by an object that nothing
 *       refers to.
 * </ul>
 */
final class Interleavings {

  /** How much is left out. */
  enum Pruning {
    NOTHING,
    STATES,
    ALL
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

  /** A move that was made, and what is known of it since. */
  private record Made(Move move, boolean asked, boolean told) {
    boolean conflictsWith(Made other) {
      return move.conflictsWith(other.move)
          || (asked && other.told)
          || (told && other.asked);
    }
  }

  /** A state on the way. */
  private static final class Node {
    private final List<Move> all;
    private final List<Move> todo;

    /** Moves that need not be made here, and those that were. */
    private final Map<Move, Made> sleep;

    /** Not looked at yet, and only if the move that goes first alone turns out to be a call's. */
    private List<Move> others;

    private int next;

    Node(List<Move> all, List<Move> todo, Map<Move, Made> sleep, List<Move> others) {
      this.all = all;
      this.todo = todo;
      this.sleep = sleep;
      this.others = others;
    }

    Move now() {
      return todo.get(next);
    }
  }

  private static final int SAMPLES = 40;

  private final Scenario scenario;
  private final Strands strands;
  private final Pruning pruning;
  private final ScenarioRun.Foundation foundation;
  private final List<Node> path = new ArrayList<>();

  /** By digest: what slept when it was there last. */
  private final Map<Long, Set<Move>> known = new HashMap<>();

  private final Set<String> outcomes = new TreeSet<>();
  private final Reached reached = new Reached();
  private final boolean keepsOutcomes;
  private final Random random = new Random(1);

  /** Of some states, how they were reached first. */
  private final Map<Long, List<Move>> firstWays = new LinkedHashMap<>();

  /** Two ways to one state, for {@link #sample}. */
  private final List<List<List<Move>>> twoWays = new ArrayList<>();

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
    double estimate = estimate();
    boolean isComplete = false;
    while (schedules < most && violation == null) {
      schedules++;
      go();
      if (violation == null && !turnBack()) {
        isComplete = true;
        break;
      }
    }
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

  /** Runs one schedule: the moves of the path, and from there on whatever comes first. */
  private void go() {
    ScenarioRun run = ScenarioRun.begin(scenario, foundation, strands);
    try {
      Made last = null;
      for (int i = 0; i < path.size(); i++) {
        Node node = path.get(i);
        run.perform(node.now());
        last = new Made(node.now(), run.wasAsked(), run.wasTold());
      }
      while (true) {
        if (last != null) {
          made(last);
        }
        if (!enter(run)) {
          return;
        }
        Node node = path.get(path.size() - 1);
        run.perform(node.now());
        last = new Made(node.now(), run.wasAsked(), run.wasTold());
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
  private void made(Made last) {
    Node node = path.get(path.size() - 1);
    node.sleep.put(last.move, last);
    if ((last.asked || last.told) && !node.others.isEmpty()) {
      for (Move move : node.others) {
        if (!node.sleep.containsKey(move)) {
          node.todo.add(move);
        }
      }
      node.others = List.of();
    }
  }

  /** Adds a node for the state that the run is in; false if there is nothing to do there. */
  private boolean enter(ScenarioRun run) {
    List<Move> all = run.schedule().moves();
    Map<Move, Made> sleep = new HashMap<>();
    if (!path.isEmpty() && pruning == Pruning.ALL) {
      Node before = path.get(path.size() - 1);
      Made last = before.sleep.get(before.now());
      if (last == null) {
        throw new IllegalStateException(before.now() + " was not noted");
      }
      for (Made other : before.sleep.values()) {
        if (!other.conflictsWith(last)) {
          sleep.put(other.move, other);
        }
      }
    }
    List<Move> first = pruning == Pruning.ALL ? ofNobodyElse(run, all) : all;
    List<Move> todo = new ArrayList<>(first);
    if (pruning != Pruning.NOTHING) {
      long digest = run.schedule().digest();
      Set<Move> slept = known.get(digest);
      if (slept == null) {
        states++;
        known.put(digest, Set.copyOf(sleep.keySet()));
        if (random.nextInt(20) == 0 && firstWays.size() < 10 * SAMPLES) {
          firstWays.put(digest, way());
        }
        todo.removeAll(sleep.keySet());
      } else {
        List<Move> firstWay = firstWays.get(digest);
        if (firstWay != null && twoWays.size() < SAMPLES) {
          twoWays.add(List.of(firstWay, way()));
          firstWays.remove(digest);
        }
        Set<Move> still = new HashSet<>(slept);
        still.retainAll(sleep.keySet());
        known.put(digest, Set.copyOf(still));
        todo.retainAll(slept);
        todo.removeAll(sleep.keySet());
        sleep.keySet().retainAll(still);
        if (todo.isEmpty()) {
          prunedAtStates++;
          return false;
        }
      }
    } else {
      states++;
    }
    if (all.isEmpty()) {
      completed++;
      run.observe();
      if (keepsOutcomes) {
        outcomes.add(run.outcome());
      }
      return false;
    }
    if (todo.isEmpty()) {
      prunedAsleep++;
      return false;
    }
    List<Move> others = new ArrayList<>();
    if (first.size() < all.size()) {
      others.addAll(all);
      others.removeAll(first);
    }
    path.add(new Node(all, todo, sleep, others));
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

  /** The moves of one machine that commute with all that others may do, or else all moves. */
  private static List<Move> ofNobodyElse(ScenarioRun run, List<Move> all) {
    boolean isSwept = run.isSwept();
    for (Move move : all) {
      boolean sweeps =
          move.kind() == StoreRequest.Kind.DELETE
              || move.kind() == StoreRequest.Kind.LIST
              || move.kind() == StoreRequest.Kind.LIST_FOLDERS;
      if (sweeps && !isSwept) {
        throw new IllegalStateException(move + " is by somebody who is not known to sweep");
      }
    }
    if (isSwept) {
      return all;
    }
    for (int i = 0; i < all.size(); i++) {
      int lane = all.get(i).lane();
      List<Move> its = all.stream().filter(move -> move.lane() == lane).toList();
      if (its.stream().allMatch(move -> isNobodyElses(run, move))) {
        return its;
      }
    }
    return all;
  }

  private static boolean isNobodyElses(ScenarioRun run, Move move) {
    String key = move.key();
    boolean isImmutable =
        key.contains("/wal/") || key.contains("/node/") || key.contains("/segment/");
    if (!isImmutable || move.isLanding() || move.mishap() != null) {
      return false;
    }
    return switch (move.kind()) {
      case GET, GET_RANGE -> run.world().disk().has(key);
      case CREATE ->
          run.schedule().mishapsLeft() == 0
              && !run.world().disk().has(key)
              && !run.schedule().isLanding(key);
      default -> false;
    };
  }

  /** Of random schedules, how many there would be if all had as many alternatives (Knuth). */
  private double estimate() {
    Random dice = new Random(7);
    int probes = 100;
    double sum = 0;
    for (int i = 0; i < probes; i++) {
      ScenarioRun run = ScenarioRun.begin(scenario, foundation, strands);
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
    ScenarioRun run = ScenarioRun.begin(scenario, foundation, strands);
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

  /** The path, as numbers of moves among those that there were. */
  private String schedule() {
    StringBuilder text = new StringBuilder();
    for (Node node : path) {
      if (!text.isEmpty()) {
        text.append(',');
      }
      text.append(node.all.indexOf(node.now()));
    }
    return text.toString();
  }

  /** Runs one schedule of a scenario again; returns its journal and what was found. */
  static String replay(Scenario scenario, Strands strands, String schedule) {
    ScenarioRun.Foundation foundation = ScenarioRun.found(scenario, strands);
    ScenarioRun run = ScenarioRun.begin(scenario, foundation, strands);
    String end = "nothing was found";
    try {
      for (String number : schedule.split(",")) {
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
