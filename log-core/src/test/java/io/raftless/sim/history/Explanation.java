package io.raftless.sim.history;

import java.util.Map;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** Why no order explains a history, as people may follow it: told where the longest one ends. */
final class Explanation {
  private final StringBuilder text = new StringBuilder();
  private final Facts facts;
  private final Operation[] operations;
  private final LogState state;
  private final IntPredicate isDone;

  Explanation(History history, Facts facts, int[] order, LogState state, IntPredicate isDone) {
    this.facts = facts;
    this.operations = facts.operations();
    this.state = state;
    this.isDone = isDone;
    boolean[] isPlaced = new boolean[facts.batchCount()];
    text.append("No order explains it. The longest one:\n");
    describeOrder(order, isPlaced);
    text.append("\nThen the log is: ").append(state).append('\n');
    facts.writers().forEach(this::describeWriter);
    text.append("\nWhat may be next, and why it cannot be:\n");
    describeOpen(isPlaced);
    History.FinalLog last = facts.finalLog();
    if (last != null) {
      text.append("\nAt the end: ").append(last).append('\n');
    }
    text.append("\nThe history:\n").append(history);
  }

  private void describeOrder(int[] order, boolean[] isPlaced) {
    int next = 0;
    for (int place : order) {
      Operation operation = operations[place];
      text.append("  ").append(operation);
      int batch = operation.batch();
      // One that gives up, or finds its batch there, adds nothing.
      if (operation.mayPlace() && !isPlaced[batch] && adds(operation, next)) {
        isPlaced[batch] = true;
        text.append("  => offsets ")
            .append(next)
            .append(" to ")
            .append(next + operation.count() - 1);
        text.append(": ").append(facts.records(batch));
        next += operation.count();
      }
      text.append('\n');
    }
  }

  private boolean adds(Operation append, int next) {
    return append.role() != Operation.Role.APPEND_EXPIRED || next + append.count() <= state.next();
  }

  private void describeWriter(String name, int number) {
    LogState.Writer writer = state.writers()[number];
    text.append("  writer id ").append(name);
    if (writer == null) {
      text.append(" is held by nobody\n");
      return;
    }
    for (Map.Entry<String, Integer> holder : facts.holders().entrySet()) {
      if (holder.getValue() == writer.holder()) {
        text.append(" is held by ").append(holder.getKey());
      }
    }
    text.append(
        writer.epoch() == LogState.UNTOLD
            ? " with an epoch above " + writer.bound() + " that nobody was told\n"
            : " with epoch " + writer.epoch() + "\n");
  }

  private void describeOpen(boolean[] isPlaced) {
    @Nullable Operation first = null;
    for (int place = 0; place < operations.length; place++) {
      Operation operation = operations[place];
      if (isDone.test(place)) {
        continue;
      }
      text.append("  ").append(operation).append("\n      ");
      if (first != null && first.answered() < operation.notBefore()) {
        text.append("is after #").append(first.id()).append('\n');
        continue;
      }
      int waitsFor = waitsFor(operation);
      if (waitsFor >= 0) {
        text.append("is after #")
            .append(operations[waitsFor].id())
            .append(", of the same client\n");
      } else {
        text.append(why(operation, isPlaced)).append('\n');
      }
      if (!operation.isOptional() && (first == null || operation.answered() < first.answered())) {
        first = operation;
      }
    }
  }

  private int waitsFor(Operation operation) {
    for (int place : operation.after()) {
      if (place >= 0 && !isDone.test(place)) {
        return place;
      }
    }
    return -1;
  }

  private String why(Operation operation, boolean[] isPlaced) {
    boolean isThere = operation.batch() >= 0 && isPlaced[operation.batch()];
    LogState.Judgement judgement = state.judge(operation, isThere);
    if (operation.mayPlace() && !isThere) {
      return whyNotAppended(operation);
    }
    if (judgement == LogState.Judgement.CHANGES) {
      return "possible, but leads nowhere";
    }
    String never = judgement == LogState.Judgement.NEVER ? ", and never again will be" : "";
    return switch (operation.role()) {
      case NOT_APPENDED_FENCED ->
          isThere ? "its batch is in the log" : "the log is open: no reason to refuse it";
      case NOT_APPENDED_WRITER_FENCED, NOT_APPENDED_UNKNOWN_WRITER ->
          isThere
              ? "its batch is in the log"
              : "no reason to refuse it: see who holds the writer id";
      case NOT_APPENDED_WRONG_OFFSET ->
          isThere ? "its batch is in the log" : "the next offset is the expected one";
      case READ_RUN, READ_TO_END ->
          "needs the end at " + operation.told() + ": the next offset is " + state.next() + never;
      case READ_TRIMMED, START, TRIM -> "the start is " + state.start() + never;
      case READ_BEYOND_END, TRIM_REFUSED, TAIL -> "the next offset is " + state.next() + never;
      case FENCE, UNFENCE, FENCE_REFUSED, UNFENCE_REFUSED -> "the state is another" + never;
      case ACQUIRE, ACQUIRE_REFUSED -> "somebody else holds the writer id, or nobody" + never;
      default -> "it would have no effect";
    };
  }

  private String whyNotAppended(Operation append) {
    String misfit = facts.whyNot(append.batch(), state.next());
    if (misfit != null) {
      return "its batch cannot be at " + state.next() + ": " + misfit;
    }
    if (state.isFenced()) {
      return "the log is fenced";
    }
    if (append.asked() >= 0 && append.asked() != state.next()) {
      return "it expects another next offset";
    }
    if (!state.admits(append)) {
      return "its epoch is not the current one";
    }
    return "possible, but leads nowhere";
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
