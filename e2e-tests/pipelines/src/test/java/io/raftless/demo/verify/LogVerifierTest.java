package io.raftless.demo.verify;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.raftless.demo.input.InputLines;
import io.raftless.demo.input.KeyRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogVerifierTest {
  private static final String A = "{\"net\":\"a\"}";
  private static final String B = "{\"net\":\"b\"}";

  @TempDir private Path folder;
  private LogVerifier verifier;

  /** Lines 0 and 2 are equal. */
  @BeforeEach
  void scan() throws IOException {
    Path file = Files.writeString(folder.resolve("input"), A + "\n" + B + "\n" + A + "\nplain\n");
    verifier = new LogVerifier(InputLines.scan(file), new KeyRule("net"));
  }

  @Test
  void everyLineOnceIsExactlyOnce() {
    accept(1, 1, "b", B);
    accept(0, 0, "a", A);
    accept(0, 2, "a", A);
    accept(1, 3, "plain", "plain");
    assertThat(verifier.verdict()).isEqualTo(new Verdict(4, 4, 0, 0, 0, 0));
    assertThat(verifier.verdict().isExactlyOnce()).isTrue();
  }

  @Test
  void aMissingLineIsLost() {
    accept(0, 0, "a", A);
    accept(1, 1, "b", B);
    accept(1, 3, "plain", "plain");
    assertThat(verifier.verdict()).isEqualTo(new Verdict(4, 3, 1, 0, 0, 0));
    assertThat(verifier.verdict().isExactlyOnce()).isFalse();
  }

  @Test
  void aLineThatComesAgainIsDuplicatedEvenIfAnEqualOneIsLost() {
    accept(0, 0, "a", A);
    accept(0, 0, "a", A);
    accept(1, 1, "b", B);
    accept(1, 3, "plain", "plain");
    assertThat(verifier.verdict()).isEqualTo(new Verdict(4, 4, 1, 1, 0, 0));
    assertThat(verifier.verdict().isExactlyOnce()).isFalse();
  }

  @Test
  void otherBytesOrAnotherKeyOrNoneAreAltered() {
    accept(0, 0, "a", A + " ");
    accept(1, 1, "a", B);
    accept(0, 2, null, A);
    accept(1, 3, "plain", null);
    assertThat(verifier.verdict()).isEqualTo(new Verdict(4, 4, 0, 0, 4, 0));
    assertThat(verifier.verdict().isExactlyOnce()).isFalse();
  }

  @Test
  void aRecordOfNoLineIsAltered() {
    acceptAll();
    accept(0, ReadBack.NO_LINE, "a", A);
    accept(0, 4, "a", A);
    assertThat(verifier.verdict()).isEqualTo(new Verdict(4, 6, 0, 0, 2, 0));
    assertThat(verifier.verdict().isExactlyOnce()).isFalse();
  }

  @Test
  void aLaterLineOfTheSameKeyMustNotComeFirst() {
    accept(0, 2, "a", A);
    accept(0, 0, "a", A);
    accept(1, 3, "plain", "plain");
    accept(1, 1, "b", B);
    assertThat(verifier.verdict()).isEqualTo(new Verdict(4, 4, 0, 0, 0, 1));
    assertThat(verifier.verdict().isExactlyOnce()).isFalse();
  }

  @Test
  void aKeyInTwoPartitionsHasNoOrder() {
    accept(0, 0, "a", A);
    accept(1, 2, "a", A);
    accept(1, 1, "b", B);
    accept(1, 3, "plain", "plain");
    assertThat(verifier.verdict()).isEqualTo(new Verdict(4, 4, 0, 0, 0, 1));
  }

  private void acceptAll() {
    accept(0, 0, "a", A);
    accept(1, 1, "b", B);
    accept(0, 2, "a", A);
    accept(1, 3, "plain", "plain");
  }

  private void accept(int partition, long line, @Nullable String key, @Nullable String value) {
    verifier.accept(
        new ReadBack(
            partition,
            line,
            key == null ? null : key.getBytes(UTF_8),
            value == null ? null : value.getBytes(UTF_8)));
  }
}
