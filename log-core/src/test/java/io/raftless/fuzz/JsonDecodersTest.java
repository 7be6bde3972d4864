package io.raftless.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.cursor.Cursor;
import io.raftless.cursor.CursorSchema;
import io.raftless.format.Json;
import io.raftless.head.Head;
import io.raftless.head.LogDescriptor;
import io.raftless.head.Schemas;
import io.raftless.id.Incarnation;
import io.raftless.id.LabelSource;
import io.raftless.index.Entry;
import io.raftless.index.IndexNode;
import io.raftless.log.StagedBatchCodec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Any bytes at all, and valid JSON with damage in its bytes or in its structure, give a value or a
 * FormatException. A value that comes out has nothing missing: it can be written and read again.
 */
class JsonDecodersTest {
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final LabelSource LABELS = new LabelSource(Clock.systemUTC(), new Random(1));

  private static final String LABEL = "\"01900000-0000-7000-8000-0000000000ab\"";
  private static final String CHAIN = "\"00000000000000000000000000000000\"";
  private static final String STATE = "{'status':'OPEN','generation':1,'reason':'because'}";

  /** A structure: an example of it and how it is read. */
  private static final class Structure {
    private final String name;
    private final String valid;
    private final Consumer<ByteBuffer> decoder;

    Structure(String name, String valid, Consumer<ByteBuffer> decoder) {
      this.name = name;
      this.valid = valid.replace('\'', '"').replace("LABEL", LABEL).replace("CHAIN", CHAIN);
      this.decoder = decoder;
    }

    byte[] bytes() {
      return valid.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private static final String ENTRY =
      "{'end':%d,'count':5,'label':LABEL,'position':9,'length':99,'maxTimestamp':7,'crc':4000000000}";
  private static final String ENTRY_OF_WRITER = ENTRY.replace("}", ",'epoch':2}");
  private static final String ENTRY_WRITTEN_OUT =
      ENTRY.replace("}", ",'object':'01900000-0000-7000-8000-0000000000ac'}");
  private static final String ENTRY_IN_HEAD =
      ENTRY
          .replace("'position':9,'length':99", "'position':0,'length':4")
          .replace("}", ",'data':'AQIDBA=='}");
  private static final String REF =
      "{'end':%d,'count':5,'node':LABEL,'items':2,'bytes':99,'maxTimestamp':7,'minLabel':LABEL,'maxLabel':LABEL,"
          + "'chain':CHAIN}";

  private static final String SEGMENT =
      "{'end':%d,'count':5,'data':2,'label':LABEL,'bytes':999,'footerBytes':124,"
          + "'provenance':LABEL,'sources':2,'maxTimestamp':7,'minLabel':LABEL,'maxLabel':LABEL,"
          + "'chain':CHAIN}";

  private static final CursorSchema CURSORS =
      new CursorSchema(LABELS, Incarnation.parse(LABEL.replace("\"", "")), "g", 3);

  private static final List<Structure> STRUCTURES =
      List.of(
          new Structure(
              "head",
              "{'format':1,'incarnation':LABEL,'partition':3,'version':4,'lastWrite':LABEL,'state':"
                  + STATE
                  + ",'nextOffset':20,'startOffset':0,'compactionCursor':5,'startChain':CHAIN,"
                  + "'chain':CHAIN,'horizon':LABEL,'writers':{'w':{'epoch':2,'holder':'h','rank':2,"
                  + "'superseded':['0011'],'position':'p'}},'segments':{'entries':["
                  + String.format(SEGMENT, 5)
                  + "]},'wal':{"
                  + "'entries':["
                  + String.format(ENTRY, 20)
                  + "],'levels':[["
                  + String.format(REF, 10)
                  + ","
                  + String.format(REF, 15)
                  + "]]}}",
              bytes -> {
                Head head = Schemas.heads(LABELS).decode(bytes);
                assertThat(Schemas.heads(LABELS).decode(Json.encode(head))).isEqualTo(head);
              }),
          new Structure(
              "head with batches in it",
              "{'format':3,'incarnation':LABEL,'partition':3,'version':4,'lastWrite':LABEL,'state':"
                  + STATE
                  + ",'nextOffset':15,'startOffset':0,'compactionCursor':0,'startChain':CHAIN,"
                  + "'chain':CHAIN,'horizon':LABEL,'writers':{},'segments':{'entries':[]},"
                  + "'wal':{'entries':["
                  + String.format(ENTRY, 5)
                  + ","
                  + String.format(ENTRY_WRITTEN_OUT, 10)
                  + ","
                  + String.format(ENTRY_IN_HEAD, 15)
                  + "]}}",
              bytes -> {
                Head head = Schemas.heads(LABELS).decode(bytes);
                assertThat(Schemas.heads(LABELS).decode(Json.encode(head))).isEqualTo(head);
              }),
          new Structure(
              "head with origins",
              "{'format':2,'incarnation':LABEL,'partition':3,'version':4,'lastWrite':LABEL,'state':"
                  + STATE
                  + ",'nextOffset':15,'startOffset':0,'compactionCursor':5,'startChain':CHAIN,"
                  + "'chain':CHAIN,'horizon':LABEL,'writers':{'w':{'epoch':2,'holder':'h','rank':2}},"
                  + "'segments':{'entries':["
                  + String.format(SEGMENT, 5)
                  + "]},'wal':{'entries':["
                  + String.format(ENTRY, 10)
                  + ","
                  + String.format(ENTRY_OF_WRITER, 15)
                  + "],'origins':{'w':[2]}}}",
              bytes -> {
                Head head = Schemas.heads(LABELS).decode(bytes);
                head.wal().entries().forEach(Entry::origin);
                assertThat(Schemas.heads(LABELS).decode(Json.encode(head))).isEqualTo(head);
              }),
          new Structure(
              "log.json",
              "{'format':1,'incarnation':LABEL,'version':4,'lastWrite':LABEL,'state':"
                  + STATE
                  + ",'partitions':3,'horizon':LABEL,'settings':{'retention':{'ageMillis':5000,"
                  + "'bytes':77,'pinnedBy':['g']},'vacuumRetentionMillis':86400000,'compaction':"
                  + "{'segmentBytes':1048576,'minBytes':5,'maxEntries':9},'maxRecordBytes':99},"
                  + "'changes':[LABEL]}",
              bytes -> {
                LogDescriptor log = Schemas.descriptors(LABELS).decode(bytes);
                assertThat(Schemas.descriptors(LABELS).decode(Json.encode(log))).isEqualTo(log);
              }),
          new Structure(
              "cursor",
              "{'format':1,'incarnation':LABEL,'group':'g','partition':3,'version':4,'lastWrite':"
                  + "LABEL,'generation':2,'offset':17,'metadata':'m','resetBy':LABEL,"
                  + "'acknowledged':[{'generation':2,'to':17,'by':LABEL}]}",
              bytes -> {
                Cursor cursor = CURSORS.decode(bytes);
                assertThat(CURSORS.decode(CURSORS.encode(cursor))).isEqualTo(cursor);
              }),
          new Structure(
              "node of entries",
              "{'format':1,'incarnation':LABEL,'partition':3,'level':0,'entries':["
                  + String.format(ENTRY, 15)
                  + ","
                  + String.format(ENTRY, 20)
                  + "]}",
              JsonDecodersTest::decodeNode),
          new Structure(
              "node of entries with origins",
              "{'format':2,'incarnation':LABEL,'partition':3,'level':0,'entries':["
                  + String.format(ENTRY, 15)
                  + ","
                  + String.format(ENTRY_OF_WRITER, 20)
                  + "],'origins':{'w':[2]}}",
              JsonDecodersTest::decodeNode),
          new Structure(
              "node of segments",
              "{'format':1,'incarnation':LABEL,'partition':3,'level':0,'segments':["
                  + String.format(SEGMENT, 5)
                  + "]}",
              JsonDecodersTest::decodeNode),
          new Structure(
              "node of references",
              "{'format':1,'incarnation':LABEL,'partition':3,'level':2,'refs':["
                  + String.format(REF, 15)
                  + ","
                  + String.format(REF, 20)
                  + "]}",
              JsonDecodersTest::decodeNode),
          new Structure(
              "staged batches",
              "{'format':1,'batches':[{'incarnation':LABEL,'partition':3,'batch':{'label':LABEL,"
                  + "'position':9,'length':99,'count':3,'maxTimestamp':7,'crc':4000000000}}]}",
              bytes -> {
                byte[] copy = new byte[bytes.remaining()];
                bytes.get(copy);
                var batches = StagedBatchCodec.decode(copy);
                assertThat(StagedBatchCodec.decode(StagedBatchCodec.encode(batches)))
                    .isEqualTo(batches);
              }));

  private static void decodeNode(ByteBuffer bytes) {
    IndexNode node = Json.decode(bytes, IndexNode.class, "index node", IndexNode.FORMAT);
    node.entries().forEach(Entry::origin);
    assertThat(Json.decode(Json.encode(node), IndexNode.class, "index node", IndexNode.FORMAT))
        .isEqualTo(node);
  }

  /** What a value may be replaced with. */
  private static final List<String> VALUES =
      List.of(
          "null",
          "0",
          "-1",
          "1",
          "2147483647",
          "2147483648",
          "-2147483649",
          "9223372036854775807",
          "9223372036854775808",
          "-9223372036854775808",
          "99999999999999999999999999999999",
          "1e999999",
          "1e-999999",
          "1.5",
          "true",
          "\"\"",
          "\"x\"",
          "\"17\"",
          "\"01900000-0000-4000-8000-0000000000ab\"",
          "\"00000000-0000-7000-8000-000000000000\"",
          "[]",
          "[null]",
          "{}",
          "{\"x\":null}",
          "[[]]",
          "[{}]");

  @Provide
  Arbitrary<Structure> structures() {
    return Arbitraries.of(STRUCTURES);
  }

  @Provide
  Arbitrary<List<Mutation>> damage() {
    return Mutation.any().list().ofMinSize(1).ofMaxSize(3);
  }

  @Provide
  Arbitrary<byte[]> jsonLike() {
    Arbitrary<String> tokens =
        Arbitraries.of(
            "{",
            "}",
            "[",
            "]",
            ":",
            ",",
            "\"",
            "\\",
            "\"format\"",
            "1",
            "null",
            "e99",
            "-",
            ".",
            "\\u0000",
            "\"x\"",
            " ");
    return tokens
        .list()
        .ofMaxSize(60)
        .map(list -> String.join("", list).getBytes(StandardCharsets.UTF_8));
  }

  @Provide
  Arbitrary<byte[]> noise() {
    return Arbitraries.bytes().array(byte[].class).ofMaxSize(200);
  }

  /** Replacements of some values of an example by others, or their removal. */
  private record Edit(int place, int value) {}

  @Provide
  Arbitrary<List<Edit>> edits() {
    return Combinators.combine(
            Arbitraries.integers().between(0, 200),
            Arbitraries.integers().between(-1, VALUES.size() - 1))
        .as(Edit::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(3);
  }

  @Property(tries = 50)
  void whatIsNotDamagedIsRead(@ForAll("structures") Structure structure) {
    structure.decoder.accept(ByteBuffer.wrap(structure.bytes()));
  }

  @Property(tries = 2000)
  void noiseIsRefused(@ForAll("structures") Structure structure, @ForAll("noise") byte[] noise) {
    assertThat(AnyBytes.decode(noise, structure.decoder)).isFalse();
  }

  @Property(tries = 2000)
  void whatLooksLikeJsonIsRefused(
      @ForAll("structures") Structure structure, @ForAll("jsonLike") byte[] noise) {
    assertThat(AnyBytes.decode(noise, structure.decoder)).isFalse();
  }

  @Property(tries = 5000)
  void damagedBytesAreRefusedOrRead(
      @ForAll("structures") Structure structure, @ForAll("damage") List<Mutation> damage) {
    byte[] bytes = structure.bytes();
    for (Mutation mutation : damage) {
      bytes = mutation.on(bytes);
    }
    AnyBytes.decode(bytes, structure.decoder);
  }

  @Property(tries = 5000)
  void otherValuesAreRefusedOrRead(
      @ForAll("structures") Structure structure, @ForAll("edits") List<Edit> edits) {
    byte[] bytes = structure.bytes();
    for (Edit edit : edits) {
      bytes = edited(bytes, edit);
    }
    AnyBytes.decode(bytes, structure.decoder);
  }

  /** What the types allow to leave out, as paths. */
  private static final String OPTIONAL =
      "/state/reason|/writers/w|/writers/w/(superseded|position)|/wal/levels|/settings(/.*)?|/changes"
          + "|/wal/entries/[0-9]+/(object|data)|/offset|/metadata|/acknowledged";

  @Example
  void whatIsAlwaysWrittenMayNotBeMissingOrNull() {
    for (Structure structure : STRUCTURES) {
      List<String> paths = new ArrayList<>();
      collectFields(MAPPER.readTree(structure.bytes()), "", paths);
      for (String path : paths) {
        for (boolean removed : new boolean[] {true, false}) {
          JsonNode tree = MAPPER.readTree(structure.bytes());
          int slash = path.lastIndexOf('/');
          ObjectNode parent = (ObjectNode) tree.at(path.substring(0, slash));
          if (removed) {
            parent.remove(path.substring(slash + 1));
          } else {
            parent.putNull(path.substring(slash + 1));
          }
          if (!path.matches(OPTIONAL)) {
            assertThat(AnyBytes.decode(MAPPER.writeValueAsBytes(tree), structure.decoder))
                .as("%s without %s (%s)", structure, path, removed ? "removed" : "null")
                .isFalse();
          }
        }
      }
    }
  }

  private static void collectFields(JsonNode node, String path, List<String> paths) {
    if (node instanceof ObjectNode object) {
      for (String name : object.propertyNames()) {
        paths.add(path + "/" + name);
        collectFields(object.get(name), path + "/" + name, paths);
      }
    }
    for (int i = 0; node instanceof ArrayNode && i < node.size(); i++) {
      collectFields(node.get(i), path + "/" + i, paths);
    }
  }

  @Example
  void elementsOfListsAndMapsMayNotBeNull() {
    for (Structure structure : STRUCTURES) {
      for (String list : List.of("entries", "segments", "refs", "batches", "superseded")) {
        String body = structure.valid.replace("\"" + list + "\":[", "\"" + list + "\":[null,");
        boolean decoded = AnyBytes.decode(body.getBytes(StandardCharsets.UTF_8), structure.decoder);
        assertThat(decoded).as(body).isEqualTo(body.equals(structure.valid));
      }
    }
  }

  @Property(tries = 5)
  void deepNestingIsRefused(@ForAll("structures") Structure structure) {
    for (String open : List.of("[", "{\"writers\":", "{\"format\":1,\"entries\":[")) {
      byte[] bytes = open.repeat(100_000).getBytes(StandardCharsets.UTF_8);
      assertThat(AnyBytes.decode(bytes, structure.decoder)).isFalse();
    }
    String deep = "[".repeat(400) + "]".repeat(400);
    String body = structure.valid.replaceFirst("\\{", "{\"deep\":" + deep + ",");
    assertThat(AnyBytes.decode(body.getBytes(StandardCharsets.UTF_8), structure.decoder)).isFalse();
  }

  /** Puts another value in the place of the n-th one, counted in order and modulo. */
  private static byte[] edited(byte[] bytes, Edit edit) {
    JsonNode tree = MAPPER.readTree(bytes);
    int[] left = {edit.place() % Math.max(1, count(tree))};
    JsonNode value = edit.value() < 0 ? null : MAPPER.readTree(VALUES.get(edit.value()));
    replace(tree, left, value);
    return MAPPER.writeValueAsBytes(tree);
  }

  private static int count(JsonNode node) {
    int count = 0;
    for (JsonNode child : node) {
      count += 1 + count(child);
    }
    return count;
  }

  private static boolean replace(JsonNode node, int[] left, @Nullable JsonNode value) {
    if (node instanceof ObjectNode object) {
      for (String name : List.copyOf(object.propertyNames())) {
        if (left[0]-- == 0) {
          if (value == null) {
            object.remove(name);
          } else {
            object.set(name, value);
          }
          return true;
        }
        if (replace(object.get(name), left, value)) {
          return true;
        }
      }
    } else if (node instanceof ArrayNode array) {
      for (int i = 0; i < array.size(); i++) {
        if (left[0]-- == 0) {
          if (value == null) {
            array.remove(i);
          } else {
            array.set(i, value);
          }
          return true;
        }
        if (replace(array.get(i), left, value)) {
          return true;
        }
      }
    }
    return false;
  }
}
