package io.raftless.sim.check;

import io.raftless.sim.history.Answer;
import io.raftless.sim.history.Call;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What clients asked to append to a partition. */
final class AskedAppends {
  private final Map<Integer, AskedAppend> byId = new HashMap<>();
  private final Map<String, List<AskedAppend>> byName = new HashMap<>();
  private final Map<String, String> names = new HashMap<>();
  private final Map<String, List<AskedAppend>> streams = new HashMap<>();

  void asked(int id, String stream, Call.Append call, @Nullable String position) {
    List<AskedAppend> before = streams.computeIfAbsent(stream, any -> new ArrayList<>());
    AskedAppend asked = new AskedAppend(id, stream, before.size(), call, position);
    before.add(asked);
    byId.put(id, asked);
    byName.computeIfAbsent(call.batch(), any -> new ArrayList<>()).add(asked);
    call.records().forEach(text -> names.put(text, call.batch()));
  }

  void told(int id, Answer answer) {
    AskedAppend asked = byId.get(id);
    if (asked != null) {
      asked.told(answer);
    }
  }

  @Nullable AskedAppend call(int id) {
    return byId.get(id);
  }

  /** The append that a record belongs to. */
  @Nullable String nameOf(String text) {
    return names.get(text);
  }

  List<AskedAppend> named(String name) {
    return byName.getOrDefault(name, List.of());
  }

  List<AskedAppend> stream(String stream) {
    return streams.getOrDefault(stream, List.of());
  }

  /** The appends that the records of a batch are. */
  List<Committed.Part> parts(long base, List<String> texts) {
    List<Committed.Part> parts = new ArrayList<>();
    int from = 0;
    while (from < texts.size()) {
      String name = nameOf(texts.get(from));
      int to = from + 1;
      while (name != null && to < texts.size() && name.equals(nameOf(texts.get(to)))) {
        to++;
      }
      List<AskedAppend> calls = name == null ? List.of() : named(name);
      boolean isWhole =
          !calls.isEmpty() && calls.get(0).call().records().equals(texts.subList(from, to));
      List<AskedAppend> candidates = new ArrayList<>(calls);
      candidates.removeIf(AskedAppend::isOver);
      parts.add(new Committed.Part(name, base + from, to - from, isWhole, candidates));
      from = to;
    }
    return parts;
  }
}
