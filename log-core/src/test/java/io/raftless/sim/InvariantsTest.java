package io.raftless.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.raftless.id.Label;
import io.raftless.index.IndexShape;
import io.raftless.sim.history.Answer;
import io.raftless.sim.history.Call;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Every invariant can fail: a run that ended well is corrupted in one place, and exactly the check
 * that is meant says so.
 */
class InvariantsTest {
  private final Strands strands = new Strands();
  private final Quiet quiet = new Quiet();

  @AfterEach
  void stop() {
    strands.close();
    quiet.close();
  }

  /** One client that appends, compacts twice and appends again, in a world without faults. */
  private static Plan plan() {
    List<Step> steps = new ArrayList<>();
    for (int round = 0; round < 3; round++) {
      steps.add(new Step.Acquire("alpha"));
      for (int i = 0; i < 5; i++) {
        steps.add(new Step.AppendTogether(0, 2, false));
        steps.add(new Step.Flush());
      }
      steps.add(new Step.AppendWithPosition(0));
      steps.add(new Step.Flush());
      if (round < 2) {
        steps.add(new Step.Compact(0));
      }
    }
    steps.add(new Step.Trim(0, 10));
    return new Plan(
        1,
        1,
        false,
        new IndexShape(4, 3, 2, 0),
        Duration.ofSeconds(20),
        Faults.NONE,
        List.of(Duration.ZERO),
        List.of(new Plan.Client("writer", 0, steps)),
        List.of());
  }

  private Simulation healthy() {
    Simulation simulation = new Simulation(plan(), strands);
    assertThat(simulation.run().violation()).isNull();
    return simulation;
  }

  /** What the corruption was found by; null if it was not. */
  private @Nullable Violation found(Consumer<Vandal> corruption) {
    Simulation simulation = healthy();
    Vandal vandal = new Vandal(simulation);
    Violation thrown = catchThrowableOfType(Violation.class, () -> corruption.accept(vandal));
    return thrown != null ? thrown : simulation.violation();
  }

  private static Call.Append plain(String record) {
    return new Call.Append(record, List.of(record));
  }

  /** By the check that must find it: ways to break what it watches. */
  private static Map<String, List<Consumer<Vandal>>> corruptions() {
    Map<String, List<Consumer<Vandal>>> all = new TreeMap<>();
    all.put(
        "ImmutableObjectsNeverChange",
        List.of(
            vandal -> vandal.replace(firstWal(vandal), bytes("x")),
            vandal -> {
              String key = vandal.walKey(vandal.newLabel());
              vandal.create(key, bytes("x"));
              vandal.replace(key, bytes("y"));
            }));
    all.put("HeadsStay", List.of(vandal -> vandal.delete(vandal.headKey())));
    all.put(
        "MonotonicOffsets",
        List.of(
            vandal -> vandal.changeHead(head -> add(head, "nextOffset", -1)),
            vandal -> vandal.changeHead(head -> add(head, "startOffset", -1)),
            vandal -> vandal.changeHead(head -> add(head, "compactionCursor", -1)),
            vandal -> vandal.changeHead(head -> add(head, "version", 1)),
            vandal -> vandal.changeHead(head -> add(head, "version", -1)),
            vandal ->
                vandal.changeHead(head -> Vandal.object(head, "state").put("status", "FENCED")),
            vandal -> {
              vandal.changeDescriptor(log -> log.put("horizon", Vandal.label(5, 0).toString()));
              vandal.changeHead(head -> head.put("horizon", Vandal.label(5, 0).toString()));
              vandal.changeHead(head -> head.put("horizon", Vandal.label(4, 0).toString()));
            }));
    all.put(
        "DescriptorNeverGoesBack",
        List.of(
            vandal -> vandal.changeDescriptor(log -> add(log, "version", 1)),
            vandal -> {
              vandal.changeDescriptor(log -> add(log, "partitions", 1));
              vandal.changeDescriptor(log -> add(log, "partitions", -1));
            },
            vandal ->
                vandal.changeDescriptor(
                    log -> log.put("incarnation", vandal.newLabel().toString()))));
    all.put(
        "LogJsonFirst",
        List.of(
            vandal -> vandal.changeHead(InvariantsTest::fence),
            vandal ->
                vandal.changeHead(head -> head.put("horizon", Vandal.label(1, 0).toString()))));
    all.put(
        "NoDanglingReference",
        List.of(
            vandal -> vandal.delete(firstWal(vandal)),
            vandal -> vandal.delete(vandal.nodeKey(firstProvenance(vandal))),
            vandal ->
                vandal.changeHead(
                    head ->
                        Vandal.append(
                            head,
                            Vandal.last(Vandal.entries(head, "wal"))
                                .deepCopy()
                                .put("label", vandal.newLabel().toString()))),
            vandal ->
                vandal.changeHead(
                    head ->
                        Vandal.last(Vandal.entries(head, "segments"))
                            .put("provenance", vandal.newLabel().toString()))));
    all.put(
        "NoOverlappingRanges",
        List.of(
            vandal ->
                vandal.changeHead(
                    head -> add(Vandal.last(Vandal.entries(head, "segments")), "count", 1)),
            vandal ->
                vandal.changeHead(
                    head -> add(Vandal.last(Vandal.entries(head, "segments")), "count", -1))));
    all.put(
        "NoOffsetDuplicates",
        List.of(
            // A gap, records counted twice, and records that are gone.
            vandal -> vandal.changeHead(head -> add(head, "nextOffset", 1)),
            vandal -> {
              Call.Append call = plain("gap");
              vandal.ask("a", call);
              ObjectNode entry = vandal.upload(vandal.newLabel(), call.records());
              vandal.changeHead(
                  head -> {
                    add(head, "nextOffset", 1);
                    Vandal.append(head, entry);
                  });
            },
            vandal ->
                vandal.changeHead(
                    head -> {
                      var wal = Vandal.entries(head, "wal");
                      wal.remove(wal.size() - 1);
                    })));
    all.put(
        "ExactlyOnce",
        List.of(
            vandal ->
                vandal.changeHead(
                    head -> Vandal.append(head, Vandal.last(Vandal.entries(head, "wal")))),
            vandal -> {
              // The same append under another label.
              Call.Append call = plain("twice");
              vandal.ask("a", call);
              vandal.append(vandal.newLabel(), call.records());
              vandal.append(vandal.newLabel(), call.records());
            }));
    all.put(
        "CompactionPreservesData",
        List.of(
            vandal ->
                vandal.changeHead(head -> add(Vandal.last(Vandal.entries(head, "wal")), "crc", 1)),
            vandal -> {
              String other = vandal.newLabel().toString();
              vandal.upload(Label.parse(other), List.of("other"));
              vandal.changeHead(
                  head -> Vandal.last(Vandal.entries(head, "wal")).put("label", other));
            }));
    all.put(
        "CursorConsistency",
        List.of(
            vandal -> vandal.changeHead(head -> head.put("chain", "0".repeat(32))),
            vandal -> vandal.changeHead(head -> head.put("startChain", "1".repeat(32))),
            vandal ->
                vandal.changeHead(
                    head ->
                        Vandal.last(Vandal.entries(head, "segments")).put("chain", "1".repeat(32))),
            vandal -> vandal.changeHead(head -> add(head, "compactionCursor", 1))));
    all.put(
        "NoPhantomEntries",
        List.of(
            vandal -> vandal.append(vandal.newLabel(), List.of("nobody asked for this")),
            vandal -> {
              // Half of what was asked for as one.
              vandal.ask("a", new Call.Append("half", List.of("half", "other half")));
              vandal.append(vandal.newLabel(), List.of("half"));
            },
            vandal -> {
              Call.Append call = plain("damaged");
              vandal.ask("a", call);
              ObjectNode entry = vandal.upload(vandal.newLabel(), call.records());
              vandal.changeHead(head -> Vandal.append(head, add(entry, "crc", 1)));
            }));
    all.put(
        "HorizonGuard",
        List.of(
            vandal -> {
              Call.Append call = plain("too old");
              vandal.ask("a", call);
              vandal.append(Vandal.label(4, 0), call.records());
              // That was as it may be; and now it is not.
              String horizon = Vandal.label(6, 0).toString();
              vandal.changeDescriptor(log -> log.put("horizon", horizon));
              vandal.changeHead(head -> head.put("horizon", horizon));
              Call.Append late = plain("too late");
              vandal.ask("b", late);
              vandal.append(Vandal.label(5, 0), late.records());
            },
            vandal -> {
              Label unused = vandal.newLabel();
              vandal.upload(unused, List.of("garbage, but young"));
              vandal.delete(vandal.walKey(unused));
            },
            // Labels that are readable and above the horizon.
            vandal ->
                vandal.changeHead(
                    head -> {
                      ObjectNode first = (ObjectNode) Vandal.entries(head, "segments").remove(0);
                      Vandal.object(head, "segments").remove("levels");
                      head.put("startChain", first.required("chain").asString());
                    })));
    all.put(
        "FencedRejectsAppends",
        List.of(
            vandal -> {
              vandal.changeDescriptor(InvariantsTest::fence);
              vandal.changeHead(InvariantsTest::fence);
              Call.Append call = plain("late");
              vandal.ask("a", call);
              vandal.append(vandal.newLabel(), call.records());
            },
            vandal -> {
              vandal.changeDescriptor(InvariantsTest::fence);
              vandal.changeHead(InvariantsTest::fence);
              vandal.changeHead(head -> add(alpha(head), "stores", 1));
            },
            vandal -> {
              vandal.changeDescriptor(InvariantsTest::fence);
              vandal.tell(vandal.ask("a", new Call.Fence()), new Answer.Generation(1));
            }));
    all.put(
        "FailedMeansAbsent",
        List.of(
            vandal -> {
              Call.Append call = plain("failed");
              vandal.tell(vandal.ask("a", call), new Answer.Failed());
              vandal.append(vandal.newLabel(), call.records());
            },
            vandal -> {
              Call.Append call = plain("failed");
              Observations.Asked asked = vandal.ask("a", call);
              vandal.append(vandal.newLabel(), call.records());
              vandal.tell(asked, new Answer.Failed());
            }));
    all.put(
        "OldHolderNeverCommits",
        List.of(
            vandal -> {
              Call.Append call = new Call.Append("old", List.of("old"), null, "alpha", 1L);
              vandal.ask("a", call);
              vandal.append(vandal.newLabel(), call.records());
            },
            vandal -> vandal.changeHead(head -> add(alpha(head), "epoch", -1)),
            vandal -> vandal.changeHead(head -> alpha(head).put("holder", "nobody")),
            vandal ->
                vandal.tell(
                    vandal.ask("a", new Call.Acquire("alpha", "me")),
                    new Answer.Epoch(1_000_000))));
    all.put(
        "ConditionsHold",
        List.of(
            vandal -> {
              Call.Append call = new Call.Append("if", List.of("if"), 1L, null, null);
              vandal.ask("a", call);
              vandal.append(vandal.newLabel(), call.records());
            }));
    all.put(
        "WriterOrderKept",
        List.of(
            vandal -> {
              vandal.ask("a", plain("first"));
              Call.Append second = plain("second");
              vandal.ask("a", second);
              vandal.append(vandal.newLabel(), second.records());
            }));
    all.put(
        "PositionFollowsRecords",
        List.of(
            vandal -> vandal.changeHead(head -> alpha(head).put("position", "elsewhere")),
            vandal -> vandal.changeHead(head -> add(alpha(head), "stores", 1))));
    all.put(
        "AckedIsDurable",
        List.of(
            vandal -> vandal.tell(vandal.ask("a", plain("lost")), new Answer.Appended(0)),
            vandal -> {
              Call.Append call = plain("elsewhere");
              Observations.Asked asked = vandal.ask("a", call);
              vandal.append(vandal.newLabel(), call.records());
              vandal.tell(asked, new Answer.Appended(0));
            }));
    all.put(
        "OnlyAskedTrims",
        List.of(vandal -> vandal.changeHead(head -> add(head, "startOffset", 1))));
    all.put(
        "ReadersSeePrefixes",
        List.of(
            vandal ->
                vandal.tell(
                    vandal.ask("a", new Call.Read(0)), new Answer.Records(0, List.of("other"))),
            vandal ->
                vandal.tell(
                    vandal.ask("a", new Call.Read(0)),
                    new Answer.Records(1_000, List.of("beyond the end"))),
            vandal ->
                // It skips what is there.
                vandal.tell(vandal.ask("a", new Call.Read(4)), new Answer.Records(20, List.of()))));
    all.put(
        "GroupCursorsNeverGoBack",
        List.of(
            vandal -> {
              vandal.create(vandal.cursorKey(), cursor(1, 0, 5));
              vandal.replace(vandal.cursorKey(), cursor(2, 0, 4));
            },
            vandal -> {
              vandal.create(vandal.cursorKey(), cursor(1, 3, 5));
              vandal.replace(vandal.cursorKey(), cursor(2, 2, 5));
            }));
    return all;
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  private static ByteBuffer cursor(long version, long generation, long offset) {
    return bytes(
        "{\"version\":%d,\"generation\":%d,\"offset\":%d}".formatted(version, generation, offset));
  }

  private static ObjectNode add(ObjectNode json, String name, long difference) {
    return json.put(name, json.required(name).asLong() + difference);
  }

  private static ObjectNode alpha(ObjectNode head) {
    return Vandal.object(Vandal.object(head, "writers"), "alpha");
  }

  private static void fence(ObjectNode json) {
    add(Vandal.object(json, "state").put("status", "FENCED"), "generation", 1);
  }

  private static String firstWal(Vandal vandal) {
    String label = Vandal.entries(vandal.head(), "wal").get(0).required("label").asString();
    return vandal.walKey(Label.parse(label));
  }

  private static String firstProvenance(Vandal vandal) {
    return Vandal.entries(vandal.head(), "segments").get(0).required("provenance").asString();
  }

  @TestFactory
  Stream<DynamicTest> findWhatTheyAreMadeFor() {
    return corruptions().entrySet().stream()
        .flatMap(
            entry ->
                Stream.iterate(0, i -> i < entry.getValue().size(), i -> i + 1)
                    .map(
                        i ->
                            DynamicTest.dynamicTest(
                                entry.getKey() + " " + i,
                                () ->
                                    assertThat(found(entry.getValue().get(i)))
                                        .isNotNull()
                                        .extracting(Violation::check)
                                        .isEqualTo(entry.getKey()))));
  }

  @Test
  void noInvariantIsLeftOut() {
    assertThat(corruptions().keySet())
        .containsExactlyInAnyOrderElementsOf(healthy().checks().names());
  }

  /** What the corruptions are made of is no violation by itself. */
  @Test
  void whatIsAsItShouldBeIsNotReported() {
    assertThat(
            found(
                vandal -> {
                  Call.Append call = plain("honest");
                  Observations.Asked asked = vandal.ask("a", call);
                  long at = vandal.head().required("nextOffset").asLong();
                  vandal.append(vandal.newLabel(), call.records());
                  vandal.tell(asked, new Answer.Appended(at));
                  vandal.tell(
                      vandal.ask("b", new Call.Read(at)),
                      new Answer.Records(at, List.of("honest")));
                  vandal.changeDescriptor(InvariantsTest::fence);
                  vandal.changeHead(InvariantsTest::fence);
                  vandal.tell(vandal.ask("a", new Call.Fence()), new Answer.Generation(1));
                  vandal.create(vandal.cursorKey(), cursor(1, 0, 5));
                  vandal.replace(vandal.cursorKey(), cursor(2, 1, 0));
                }))
        .isNull();
  }

  @Test
  void finalReadsAreComparedWithWhatWasWritten() {
    Simulation simulation = new Simulation(plan(), strands);
    Simulation.FinalState end = simulation.run().finalStates().get(0);
    List<String> oneLess = end.records().subList(1, end.records().size());

    Violation found =
        catchThrowableOfType(
            Violation.class,
            () ->
                simulation
                    .checks()
                    .ended(
                        0,
                        end.startOffset(),
                        end.nextOffset(),
                        oneLess,
                        simulation.observations().history(0)));

    assertThat(found).isNotNull();
    assertThat(found.check()).isEqualTo("FinalReadIsTheLog");
  }

  @Test
  void anAnswerThatNoLogExplainsIsFoundAtTheEnd() {
    Simulation simulation = new Simulation(plan(), strands);
    Simulation.FinalState end = simulation.run().finalStates().get(0);
    Vandal vandal = new Vandal(simulation);
    assertThatCode(
            () ->
                vandal.tell(
                    vandal.ask("a", new Call.Tail()), new Answer.Offset(end.nextOffset() - 1)))
        .doesNotThrowAnyException();

    Violation found =
        catchThrowableOfType(
            Violation.class,
            () ->
                simulation
                    .checks()
                    .ended(
                        0,
                        end.startOffset(),
                        end.nextOffset(),
                        end.records(),
                        simulation.observations().history(0)));

    assertThat(found).isNotNull();
    assertThat(found.check()).isEqualTo("Linearizable");
  }
}
