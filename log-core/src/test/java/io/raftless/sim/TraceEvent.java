package io.raftless.sim;

import io.raftless.id.Label;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

/**
 * One event of a trace, in the format of docs/spec/traces.md.
 *
 * @param number of the entry of the journal that it is made of
 * @param fields by name: numbers, texts, truths, labels, lists and records of these
 */
record TraceEvent(int number, Map<String, Object> fields) {
  TraceEvent {
    fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
  }

  static TraceEvent of(int number, String event) {
    return new TraceEvent(number, Map.of("event", event));
  }

  /** With one more field, or another value. */
  TraceEvent with(String field, Object value) {
    Map<String, Object> more = new LinkedHashMap<>(fields);
    more.put(field, value);
    return new TraceEvent(number, more);
  }

  /** A field that is there. */
  Object get(String field) {
    Object value = fields.get(field);
    if (value == null) {
      throw new IllegalArgumentException(this + " has no " + field);
    }
    return value;
  }

  boolean has(String field) {
    return fields.containsKey(field);
  }

  /** Its kind; of changes of the head, and of what callers hear, which. */
  String kind() {
    String event = (String) get("event");
    return switch (event) {
      case "landed" ->
          "landed "
              + get("change")
              + (isBump() ? " (bump)" : "")
              + (Boolean.TRUE.equals(fields.get("late")) ? " late" : "");
      case "sent" -> isBump() ? "sent (bump)" : "sent";
      case "answered" -> "answered " + get("outcome");
      case "told" -> "told " + get("verdict");
      case "settled" -> "settled (" + get("why") + ")";
      case "put", "deleted" -> event + " " + get("kind");
      case "log" -> "log " + get("status");
      default -> event;
    };
  }

  private boolean isBump() {
    return fields.get("adds") instanceof List<?> adds && adds.isEmpty();
  }

  /** Every label that is in some event. */
  static TreeSet<Label> labels(List<TraceEvent> events) {
    TreeSet<Label> all = new TreeSet<>();
    events.forEach(event -> collect(event.fields(), all));
    return all;
  }

  private static void collect(Object value, TreeSet<Label> into) {
    if (value instanceof Label label) {
      into.add(label);
    } else if (value instanceof List<?> list) {
      list.forEach(one -> collect(one, into));
    } else if (value instanceof Map<?, ?> map) {
      map.values().forEach(one -> collect(one, into));
    }
  }

  /** As an expression of TLA+. */
  String render(ToIntFunction<Label> numberOf) {
    return render(fields, numberOf);
  }

  private static String render(Object value, ToIntFunction<Label> numberOf) {
    if (value instanceof Map<?, ?> map) {
      return map.entrySet().stream()
          .map(entry -> entry.getKey() + " |-> " + render(entry.getValue(), numberOf))
          .collect(Collectors.joining(", ", "[", "]"));
    }
    if (value instanceof List<?> list) {
      return list.stream()
          .map(one -> render(one, numberOf))
          .collect(Collectors.joining(", ", "<<", ">>"));
    }
    if (value instanceof Label label) {
      return Integer.toString(numberOf.applyAsInt(label));
    }
    if (value instanceof Boolean truth) {
      return truth ? "TRUE" : "FALSE";
    }
    return value instanceof String text ? '"' + text + '"' : value.toString();
  }
}
