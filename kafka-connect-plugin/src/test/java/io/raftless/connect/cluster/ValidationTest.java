package io.raftless.connect.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.connect.RaftlessSinkConnector;
import io.raftless.connect.RaftlessSourceConnector;
import io.raftless.log.RaftlessLog;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.connect.runtime.rest.entities.ConfigInfos;
import org.apache.kafka.connect.runtime.rest.errors.ConnectRestException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a worker answers about options, by the option that is wrong. */
@Timeout(180)
@ExtendWith(SharedCluster.class)
final class ValidationTest {
  private static final String SECRET = "s3cr3t-of-the-test";

  private final Flow flow;
  private Map<String, String> sink = Map.of();
  private Map<String, String> source = Map.of();

  ValidationTest(ConnectCluster cluster) {
    flow = new Flow(cluster);
  }

  @BeforeEach
  void setUp() {
    sink = flow.sink(flow.name("orders"));
    sink.put("name", flow.name("validated"));
    source = flow.source(flow.name("orders"));
    source.put("name", flow.name("validated"));
  }

  @AfterEach
  void close() {
    flow.close();
  }

  private ConfigInfos validate(Map<String, String> options) {
    String type =
        options == source
            ? RaftlessSourceConnector.class.getName()
            : RaftlessSinkConnector.class.getName();
    return flow.connect().validateConnectorConfig(type, options);
  }

  /** What is wrong, by option. */
  private Map<String, String> errors(Map<String, String> options) {
    Map<String, String> errors = new TreeMap<>();
    validate(options)
        .configs()
        .forEach(
            info -> {
              if (!info.configValue().errors().isEmpty()) {
                errors.put(
                    info.configValue().name(), String.join(" | ", info.configValue().errors()));
              }
            });
    return errors;
  }

  @Test
  void optionsThatAreFineHaveNoErrors() {
    RaftlessLog.create(flow.store(), flow.logId(flow.name("orders")), 1).close();

    assertThat(errors(sink)).isEmpty();
    assertThat(errors(source)).isEmpty();
  }

  @Test
  void aLogThatIsNotThereIsAnErrorOfTheSource() {
    assertThat(errors(source))
        .containsOnlyKeys("logs")
        .hasEntrySatisfying("logs", error -> assertThat(error).contains("create it first"));
  }

  @Test
  void aMissingBucketIsAnErrorOfTheBucket() {
    sink.remove("bucket");
    source.remove("bucket");

    assertThat(errors(sink)).containsOnlyKeys("bucket");
    assertThat(errors(source)).containsOnlyKeys("bucket");
  }

  @Test
  void aNameThatNoLogMayHaveIsAnErrorThatSaysWhatNamesAreMadeOf() {
    sink.put("log.name.format", "-${topic}");
    source.put("logs", "a/b");

    assertThat(errors(sink))
        .containsOnlyKeys("log.name.format")
        .hasEntrySatisfying(
            "log.name.format", error -> assertThat(error).contains("letters, digits"));
    assertThat(errors(source))
        .containsOnlyKeys("logs")
        .hasEntrySatisfying("logs", error -> assertThat(error).contains("letters, digits"));
  }

  @Test
  void halfAPairOfCredentialsIsAnErrorThatNamesTheOtherHalf() {
    sink.remove("s3.secret.access.key");
    source.remove("s3.access.key.id");

    assertThat(errors(sink).toString()).contains("s3.secret.access.key", "s3.access.key.id");
    assertThat(errors(source).toString()).contains("s3.secret.access.key", "s3.access.key.id");
  }

  @Test
  void moduloWithoutANumberIsAnErrorOfTheNumber() {
    sink.put("log.partition.mapping", "modulo");

    assertThat(errors(sink))
        .containsOnlyKeys("log.partitions")
        .hasEntrySatisfying("log.partitions", error -> assertThat(error).contains("modulo"));
  }

  @Test
  void theStoreIsAskedOnlyWhenTheFieldsAreClean() {
    for (Map<String, String> options : List.of(sink, source)) {
      options.put("bucket", "no-such-bucket");
      assertThat(errors(options))
          .as("clean fields")
          .hasEntrySatisfying("bucket", error -> assertThat(error).contains("no-such-bucket"));

      options.put("retry.timeout.ms", "soon");
      assertThat(errors(options)).as("not clean").containsOnlyKeys("retry.timeout.ms");
    }
  }

  @Test
  void aStoreThatDoesNotAnswerIsAnErrorThatSaysWhatWasAsked() {
    for (Map<String, String> options : List.of(sink, source)) {
      options.put("s3.endpoint", "http://127.0.0.1:1");

      assertThat(errors(options))
          .hasEntrySatisfying("bucket", error -> assertThat(error).contains("127.0.0.1:1"));
    }
  }

  @Test
  void noAnswerHoldsASecret() {
    for (Map<String, String> options : List.of(sink, source)) {
      options.put("s3.secret.access.key", SECRET);
      assertThat(validate(options).toString()).as("a wrong one").doesNotContain(SECRET);
      options.put("bucket", "Not a bucket");
      options.put("s3.session.token", SECRET);
      assertThat(validate(options).toString()).as("and a wrong field").doesNotContain(SECRET);

      assertThatThrownBy(
              () -> flow.connect().configureConnector(options.get("name"), new HashMap<>(options)))
          .isInstanceOf(ConnectRestException.class)
          .hasMessageContaining("bucket")
          .hasMessageNotContaining(SECRET);
    }
  }
}
