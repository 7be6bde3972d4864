package io.raftless.demo.input;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyRuleTest {
  private static final KeyRule RULE = new KeyRule("net");

  @Test
  void theFieldsTextIsTheKey() {
    assertThat(keyOf("{\"id\":1,\"net\":\"ci\"}")).isEqualTo("ci");
    assertThat(keyOf("  {\"net\" : 42}  ")).isEqualTo("42");
    assertThat(keyOf("{\"net\":true}")).isEqualTo("true");
    assertThat(keyOf("{\"net\":\"\"}")).isEmpty();
    assertThat(keyOf("{\"net\":\"\\u00e9\"}")).isEqualTo("é");
  }

  @Test
  void aFieldOfAnInnerObjectDoesNotCount() {
    assertThat(keyOf("{\"a\":{\"net\":\"x\"},\"b\":[{\"net\":\"y\"}],\"net\":\"z\"}"))
        .isEqualTo("z");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "plain text",
        "42",
        "[{\"net\":\"ci\"}]",
        "{\"other\":1}",
        "{\"net\":null}",
        "{\"net\":{}}",
        "{\"net\":[1]}",
        "{\"net\":\"ci\"",
        "{\"net\":\"ci\"} and more",
        "{net:ci}"
      })
  void anyOtherLineIsItsOwnKey(String line) {
    assertThat(keyOf(line)).isEqualTo(line);
  }

  private static String keyOf(String line) {
    return new String(RULE.keyOf(line.getBytes(UTF_8)), UTF_8);
  }
}
