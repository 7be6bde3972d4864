package io.raftless.sim;

import io.raftless.sim.history.Answer;
import io.raftless.sim.history.Call;
import io.raftless.sim.history.History;
import io.raftless.sim.history.LogChecker;
import io.raftless.sim.history.Verdict;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Whether what clients were told fits what is there at the end. */
final class FinalChecks {
  private static final long MOST_ORDERS = 100_000;

  private FinalChecks() {}

  static void check(Observations observations, List<Simulation.FinalState> states) {
    for (Simulation.FinalState state : states) {
      List<Observations.Told> told =
          observations.told().stream()
              .filter(one -> one.partition() == state.partition())
              .toList();
      List<Call> unanswered = observations.unanswered(state.partition());
      check(told, unanswered, state);
      fitsOneLog(observations.history(state.partition()), told, unanswered, state);
    }
  }

  private static void fitsOneLog(
      History history,
      List<Observations.Told> told,
      List<Call> unanswered,
      Simulation.FinalState state) {
    Map<String, Call.Append> byFirstRecord = new HashMap<>();
    Stream.concat(told.stream().map(Observations.Told::call), unanswered.stream())
        .forEach(
            call -> {
              if (call instanceof Call.Append append) {
                byFirstRecord.put(append.records().get(0), append);
              }
            });
    List<History.Piece> pieces = new ArrayList<>();
    for (int i = 0; i < state.records().size(); ) {
      Call.Append append = byFirstRecord.get(state.records().get(i));
      // Of a batch that is trimmed in part the beginning is missing.
      int count = append == null ? 1 : append.records().size();
      pieces.add(new History.Piece(append == null ? null : append.batch(), count));
      i += count;
    }
    history.finalLog(state.startOffset(), pieces);
    Verdict verdict = LogChecker.check(history, MOST_ORDERS);
    if (verdict instanceof Verdict.NotLinearizable not) {
      throw new Violation("OneLogExplainsAll", not.explanation() + "\n" + history);
    }
    if (verdict instanceof Verdict.Undecided) {
      throw new IllegalStateException("nobody knows whether one log explains this:\n" + history);
    }
  }

  private static void check(
      List<Observations.Told> all, List<Call> unanswered, Simulation.FinalState state) {
    Map<Long, String> at = new HashMap<>();
    Set<String> there = new HashSet<>();
    for (int i = 0; i < state.records().size(); i++) {
      String record = state.records().get(i);
      at.put(state.startOffset() + i, record);
      if (!there.add(record)) {
        throw new Violation("ExactlyOnce", record + " is there twice: " + state);
      }
    }
    Set<String> maybe = new HashSet<>();
    Set<String> failed = new HashSet<>();
    for (Call call : unanswered) {
      if (call instanceof Call.Append append) {
        maybe.add(append.batch());
      }
    }
    Map<String, Long> lastOfStream = new HashMap<>();
    for (Observations.Told told : all) {
      if (told.call() instanceof Call.Append append) {
        if (told.answer() instanceof Answer.Appended appended) {
          learn("AckedIsDurable", at, appended.base(), append.records(), told, state);
          maybe.add(append.batch());
          Long last = lastOfStream.put(told.client(), appended.base());
          if (last != null && last >= appended.base()) {
            throw new Violation("WriterOrderKept", told + " after offset " + last);
          }
        } else if (told.answer() instanceof Answer.Unknown) {
          maybe.add(append.batch());
        } else {
          failed.addAll(append.records());
        }
      } else if (told.answer() instanceof Answer.Records records) {
        learn("ReadersSeePrefixes", at, records.base(), records.records(), told, state);
      }
    }
    for (Observations.Told told : all) {
      if (told.call() instanceof Call.Append append && maybe.contains(append.batch())) {
        append.records().forEach(failed::remove);
      }
    }
    for (String record : failed) {
      if (there.contains(record)) {
        throw new Violation("FailedMeansAbsent", record + " is there: " + state);
      }
    }
  }

  private static void learn(
      String check,
      Map<Long, String> at,
      long base,
      List<String> records,
      Observations.Told told,
      Simulation.FinalState state) {
    for (int i = 0; i < records.size(); i++) {
      long offset = base + i;
      String before = at.putIfAbsent(offset, records.get(i));
      if (before == null ? offset >= state.startOffset() : !before.equals(records.get(i))) {
        throw new Violation(
            check, told + ", but offset " + offset + " is " + before + " in the end: " + state);
      }
    }
  }
}
