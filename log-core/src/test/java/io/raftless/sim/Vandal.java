package io.raftless.sim;

import io.raftless.format.BatchBuilder;
import io.raftless.format.Compression;
import io.raftless.format.EncodedBatch;
import io.raftless.format.LogRecord;
import io.raftless.format.WalObject;
import io.raftless.id.Label;
import io.raftless.index.Chain;
import io.raftless.sim.StoreRequest.Kind;
import io.raftless.sim.history.Answer;
import io.raftless.sim.history.Call;
import io.raftless.store.ETag;
import io.raftless.store.GetOutcome;
import io.raftless.store.ObjectStore;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A machine that writes whatever it likes, past all the code that knows better, to a world in which
 * a simulation has ended well.
 */
final class Vandal {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();
  private static final String ROOT = "p/log/";
  private static final String DESCRIPTOR = ROOT + "log.json";

  private final Simulation simulation;
  private final Machine machine;
  private long labels = 0;

  Vandal(Simulation simulation) {
    this.simulation = simulation;
    this.machine = simulation.world().start("vandal", Duration.ZERO);
  }

  // ---- the store

  private <T> void send(
      Kind kind,
      String key,
      @Nullable ETag expected,
      @Nullable ByteBuffer body,
      Function<ObjectStore, CompletableFuture<T>> operation) {
    StoreRequest<T> request =
        new StoreRequest<>(
            machine, simulation.world().nextRequest(), kind, key, expected, body, operation);
    request.takeEffect();
    if (!request.isApplied()) {
      throw new IllegalStateException(request + " was not applied: " + request.outcome());
    }
  }

  void create(String key, ByteBuffer body) {
    send(Kind.CREATE, key, null, body, store -> store.putIfAbsent(key, body.duplicate()));
  }

  void replace(String key, ByteBuffer body) {
    GetOutcome there = simulation.world().disk().store().get(key).join();
    if (!(there instanceof GetOutcome.Found found)) {
      throw new IllegalStateException(key + " does not exist");
    }
    ETag etag = found.etag();
    send(Kind.REPLACE, key, etag, body, store -> store.putIfMatch(key, etag, body.duplicate()));
  }

  void delete(String key) {
    send(Kind.DELETE, key, null, null, store -> store.delete(key).thenApply(none -> "done"));
  }

  ObjectNode json(String key) {
    ByteBuffer body = simulation.world().disk().body(key).orElseThrow();
    byte[] bytes = new byte[body.remaining()];
    body.get(bytes);
    return (ObjectNode) MAPPER.readTree(bytes);
  }

  static ByteBuffer body(JsonNode json) {
    return ByteBuffer.wrap(MAPPER.writeValueAsBytes(json));
  }

  /** Larger than all labels of the log. */
  Label newLabel() {
    return label(Long.MAX_VALUE >>> 16, labels++);
  }

  /** A label of this time in milliseconds. */
  static Label label(long millis, long number) {
    return new Label(new UUID((millis << 16) | 0x7000L, 0x8000_0000_0000_0000L | number));
  }

  // ---- the log

  private String incarnation() {
    return json(DESCRIPTOR).required("incarnation").asString();
  }

  String headKey() {
    return ROOT + incarnation() + "/0/head";
  }

  String walKey(Label label) {
    return ROOT + incarnation() + "/wal/" + label.shard() + "/" + label;
  }

  String nodeKey(String label) {
    return ROOT + incarnation() + "/0/node/" + label;
  }

  String cursorKey() {
    return ROOT + incarnation() + "/cursors/vandals/0";
  }

  private void change(String key, Consumer<ObjectNode> how) {
    ObjectNode json = json(key);
    json.put("version", json.required("version").asLong() + 1);
    json.put("lastWrite", newLabel().toString());
    how.accept(json);
    replace(key, body(json));
  }

  /** Writes the head of partition 0 anew, with the next version. */
  void changeHead(Consumer<ObjectNode> how) {
    change(headKey(), how);
  }

  void changeDescriptor(Consumer<ObjectNode> how) {
    change(DESCRIPTOR, how);
  }

  ObjectNode head() {
    return json(headKey());
  }

  static ObjectNode object(JsonNode parent, String name) {
    return (ObjectNode) parent.required(name);
  }

  static ArrayNode entries(ObjectNode head, String index) {
    return (ArrayNode) object(head, index).required("entries");
  }

  static ObjectNode last(ArrayNode items) {
    return (ObjectNode) items.get(items.size() - 1);
  }

  /** Uploads a batch of partition 0; returns what an entry says of it. */
  ObjectNode upload(Label label, List<String> texts) {
    BatchBuilder batch = new BatchBuilder();
    for (String text : texts) {
      batch.add(LogRecord.of(null, text.getBytes(StandardCharsets.UTF_8), 0));
    }
    TreeMap<Integer, EncodedBatch> batches = new TreeMap<>();
    EncodedBatch encoded = batch.build(Compression.NONE, Compression.DEFAULT_ZSTD_LEVEL);
    batches.put(0, encoded);
    WalObject.Assembled object =
        WalObject.assemble(UUID.fromString(incarnation()), label.value(), batches);
    create(walKey(label), object.body());
    WalObject.Block block = object.directory().blocks().get(0);
    return MAPPER
        .createObjectNode()
        .put("count", texts.size())
        .put("label", label.toString())
        .put("position", block.position())
        .put("length", block.length())
        .put("maxTimestamp", 0)
        .put("crc", Integer.toUnsignedLong(encoded.crc()));
  }

  /** Adds an entry at the end of a head, as an append does. */
  static void append(ObjectNode head, ObjectNode entry) {
    int count = entry.required("count").asInt();
    long end = head.required("nextOffset").asLong() + count;
    Chain chain =
        Chain.parse(head.required("chain").asString())
            .next(
                0,
                Label.parse(entry.required("label").asString()),
                count,
                entry.required("crc").asLong());
    entries(head, "wal").add(entry.deepCopy().put("end", end));
    head.put("nextOffset", end);
    head.put("chain", chain.toString());
  }

  /** Appends what somebody asked for. */
  void append(Label label, List<String> texts) {
    ObjectNode entry = upload(label, texts);
    changeHead(head -> append(head, entry));
  }

  // ---- clients

  Observations.Asked ask(String stream, Call call) {
    return simulation.observations().asked(machine, stream, 0, call);
  }

  void tell(Observations.Asked asked, Answer answer) {
    simulation.observations().told(machine, asked, answer);
  }
}
