package io.raftless.connect.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.store.ForwardingObjectStore;
import io.raftless.store.MemoryObjectStore;
import io.raftless.store.ObjectStore;
import io.raftless.store.StoreException;
import io.raftless.store.StoreFactory;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;
import org.junit.jupiter.api.Test;

class SinkValidationTest {
  private final AtomicInteger opened = new AtomicInteger();

  /** What is wrong, by option. */
  private Map<String, List<String>> errors(Options options, StoreFactory factory) {
    StoreFactory counted =
        () -> {
          opened.incrementAndGet();
          return factory.open();
        };
    Map<String, List<String>> errors = new LinkedHashMap<>();
    for (ConfigValue value :
        new SinkValidation(settings -> counted, Duration.ofMillis(500))
            .validate(options.map())
            .configValues()) {
      if (!value.errorMessages().isEmpty()) {
        errors.put(value.name(), value.errorMessages());
      }
    }
    return errors;
  }

  private Map<String, List<String>> errors(Options options) {
    return errors(options, MemoryObjectStore::new);
  }

  private void assertOnlyError(Options options, String option, String... parts) {
    Map<String, List<String>> errors = errors(options);

    assertThat(errors).containsOnlyKeys(option);
    assertThat(errors.get(option)).singleElement().asString().contains(parts);
    assertThat(opened).hasValue(0);
  }

  @Test
  void whatIsValidIsTriedOnTheStoreOnce() {
    assertThat(errors(Options.valid())).isEmpty();
    assertThat(opened).hasValue(1);
  }

  @Test
  void aStoreThatIsNotSafeIsAnErrorOfTheBucketAndTheEndpoint() {
    StoreFactory unsafe =
        () -> {
          throw StoreException.unsafe("it ignores conditions");
        };

    assertThat(errors(Options.valid(), unsafe)).containsOnlyKeys("bucket");
    Map<String, List<String>> errors =
        errors(Options.valid().with("s3.endpoint", "http://localhost:1"), unsafe);
    assertThat(errors).containsOnlyKeys("bucket", "s3.endpoint");
    assertThat(errors.get("bucket"))
        .singleElement()
        .asString()
        .contains("logs-bucket", "it ignores conditions");
  }

  @Test
  void aStoreThatDoesNotAnswerIsGivenUp() {
    CountDownLatch end = new CountDownLatch(1);
    StoreFactory silent =
        () -> {
          try {
            end.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          return new MemoryObjectStore();
        };

    try {
      assertThat(errors(Options.valid(), silent).get("bucket"))
          .singleElement()
          .asString()
          .contains("did not answer");
    } finally {
      end.countDown();
    }
  }

  @Test
  void theStoreThatWasTriedIsClosed() {
    AtomicInteger closed = new AtomicInteger();
    ObjectStore store =
        new ForwardingObjectStore(new MemoryObjectStore()) {
          @Override
          public void close() {
            closed.incrementAndGet();
          }
        };

    assertThat(errors(Options.valid(), () -> store)).isEmpty();
    assertThat(closed).hasValue(1);
  }

  @Test
  void anOptionThatIsWrongByItselfIsAnErrorOfThatOptionAlone() {
    assertOnlyError(Options.valid().with("flush.bytes", "1"), "flush.bytes", "1024");
    assertThat(errors(Options.valid().without("bucket"))).containsOnlyKeys("bucket");
    assertThat(opened).hasValue(0);
  }

  @Test
  void credentialsComeInPairs() {
    assertOnlyError(
        Options.valid().with("s3.access.key.id", "id-of-key"), "s3.secret.access.key", "together");
  }

  @Test
  void moduloNeedsItsDivisor() {
    assertOnlyError(
        Options.valid().with("log.partition.mapping", "modulo"), "log.partitions", "modulo");
  }

  @Test
  void checksOfTopicsNeedAKafka() {
    assertOnlyError(
        Options.valid().with("topic.checks", "on"), "kafka.bootstrap.servers", "topic.checks=off");
  }

  @Test
  void aConverterThatIsNoneIsAnErrorOfItsOption() {
    assertOnlyError(
        Options.valid().with("log.key.converter", "java.lang.String"), "log.key.converter", "raw");
  }

  @Test
  void aTopicThatCannotBeALogIsFoundBeforeItRuns() {
    assertOnlyError(
        Options.valid().with("topics", "orders,_schemas"), "log.name.format", "_schemas");
    assertThat(
            errors(
                Options.valid()
                    .with("topics", "orders,_schemas")
                    .with("topic.to.log", "_schemas:schemas")))
        .isEmpty();
  }

  @Test
  void aWriterIdThatWouldBeTooLongIsFoundBeforeItRuns() {
    assertOnlyError(
        Options.valid().with("sink.id", "s".repeat(190)), "sink.id", "set a shorter sink.id");
  }

  @Test
  void aMappingOfATopicThatIsNotReadIsATypingError() {
    assertOnlyError(
        Options.valid().with("topic.to.log", "order:sales"), "topic.to.log", "'order'", "orders");
    assertThat(
            errors(
                Options.valid()
                    .without("topics")
                    .with("topics.regex", "order.*")
                    .with("topic.to.log", "orders:sales")))
        .isEmpty();
  }

  @Test
  void rawDoesNotGoWithAConverterThatMakesSomethingElse() {
    Options json =
        Options.valid().with("value.converter", "org.apache.kafka.connect.json.JsonConverter");

    assertOnlyError(json, "log.value.converter", "value.converter", "ByteArrayConverter");
    assertThat(errors(json.with("transforms", "toBytes"))).isEmpty();
    assertThat(
            errors(
                Options.valid()
                    .with(
                        "value.converter",
                        "org.apache.kafka.connect.converters.ByteArrayConverter")))
        .isEmpty();
  }

  @Test
  void theStartFailsWithTheSameMessage() {
    Options wrong = Options.valid().with("log.partition.mapping", "modulo");
    String message = errors(wrong).getOrDefault("log.partitions", List.of()).get(0);

    assertThatThrownBy(() -> new SinkValidation().require(wrong.map()))
        .isInstanceOf(ConfigException.class)
        .hasMessage(message);
  }
}
