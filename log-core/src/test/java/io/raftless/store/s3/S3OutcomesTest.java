package io.raftless.store.s3;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.store.BodyReader;
import io.raftless.store.ETag;
import io.raftless.store.GetOutcome;
import io.raftless.store.ObjectStore;
import io.raftless.store.PutOutcome;
import io.raftless.store.StoreException;
import io.raftless.store.s3.FakeS3.Misbehaviour;
import io.raftless.store.s3.FakeS3.Misbehaviour.Answer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of answers other than success, and of none. */
@Timeout(60)
class S3OutcomesTest {
  private static final ETag SOME = new ETag("some");

  private FakeS3 server;
  private ObjectStore store;

  @BeforeEach
  void open() throws IOException {
    server = FakeS3.thatWantsQuotedETags();
    store =
        server.settings().requestTimeout(Duration.ofSeconds(2)).maxConnections(2).build().open();
    server.takeReceived();
  }

  @AfterEach
  void close() {
    store.close();
    server.close();
  }

  @ParameterizedTest
  @CsvSource({
    "412, PreconditionFailed",
    "412, ''",
    "409, ConditionalRequestConflict",
    "409, OperationAborted",
    "400, PreconditionFailed"
  })
  void aWriteThatLostIsAConflictAndWasSentOnce(int status, String code) {
    server.next(new Answer(status, code), new Answer(status, code));
    assertThat(store.putIfAbsent("k", body("1")).join()).isInstanceOf(PutOutcome.Conflict.class);
    assertThat(store.putIfMatch("k", SOME, body("1")).join())
        .isInstanceOf(PutOutcome.Conflict.class);
    assertThat(server.takeReceived()).containsExactly("PUT k", "PUT k");
  }

  @Test
  void aMissingKeyIsAConflictForAReplacementOnly() {
    server.next(new Answer(404, "NoSuchKey"), new Answer(404, "NoSuchKey"));
    assertThat(store.putIfMatch("k", SOME, body("1")).join())
        .isInstanceOf(PutOutcome.Conflict.class);
    assertRefused(store.putIfAbsent("k", body("1")), server.location("k"));
  }

  static Stream<Misbehaviour> answersThatSayNothing() {
    return Stream.of(
        new Answer(500, "InternalError"),
        new Answer(500, ""),
        new Answer(503, "SlowDown"),
        new Answer(502, ""),
        new Answer(429, "TooManyRequests"),
        new Answer(400, "RequestTimeout"),
        new Misbehaviour.Hang(),
        new Misbehaviour.Close());
  }

  @ParameterizedTest
  @MethodSource("answersThatSayNothing")
  void aWriteWithoutAVerdictIsUnknownAndWasSentOnce(Misbehaviour misbehaviour) {
    server.next(misbehaviour, misbehaviour);
    assertThat(store.putIfAbsent("k", body("1")).join()).isInstanceOf(PutOutcome.Unknown.class);
    assertThat(store.putIfMatch("k", SOME, body("1")).join())
        .isInstanceOf(PutOutcome.Unknown.class);
    assertThat(server.takeReceived()).containsExactly("PUT k", "PUT k");
  }

  @Test
  void aWriteWhoseAnswerGotLostIsUnknownAndCanBeRead() {
    server.next(new Misbehaviour.ServeAndClose());
    assertThat(store.putIfAbsent("k", body("landed")).join())
        .isInstanceOf(PutOutcome.Unknown.class);
    assertThat(server.takeReceived()).containsExactly("PUT k");
    assertThat(store.get("k").join())
        .isInstanceOfSatisfying(
            GetOutcome.Found.class, found -> assertThat(found.body()).isEqualTo(body("landed")));
  }

  @Test
  void aWriteWhoseETagIsNotToldIsUnknown() {
    server.next(new Misbehaviour.ServeWithoutETag());
    assertThat(store.putIfAbsent("k", body("1")).join()).isInstanceOf(PutOutcome.Unknown.class);
  }

  @Test
  void aWriteToAServerThatIsNotThereIsUnknown() {
    server.close();
    assertThat(store.putIfAbsent("k", body("1")).join()).isInstanceOf(PutOutcome.Unknown.class);
  }

  @ParameterizedTest
  @CsvSource({
    "403, AccessDenied, s3:PutObject",
    "403, SignatureDoesNotMatch, check the access key",
    "403, RequestTimeTooSkewed, set the clock",
    "404, NoSuchBucket, create the bucket",
    "404, '', is this the endpoint of an S3 store",
    "400, InvalidArgument, see the log of the store",
    "400, ExpiredToken, renew",
    "301, PermanentRedirect, set the region",
    "501, NotImplemented, use another store"
  })
  void whatIsRefusedForGoodIsAnExceptionThatSaysWhereAndWhatToDo(
      int status, String code, String advice) {
    Answer answer = new Answer(status, code);
    // One for the write, three for the read: the SDK tries again if it can repair its clock.
    server.next(answer, answer, answer, answer);
    assertRefused(
        store.putIfMatch("some/key", SOME, body("1")), server.location("some/key"), advice);
    assertRefused(store.get("some/key"), server.location("some/key"), advice);
  }

  @Test
  void aReadIsRepeated() {
    store.putIfAbsent("k", body("1")).join();
    server.takeReceived();
    server.next(new Answer(500, "InternalError"), new Misbehaviour.Close());
    assertThat(store.get("k").join()).isInstanceOf(GetOutcome.Found.class);
    assertThat(server.takeReceived()).containsExactly("GET k", "GET k", "GET k");
  }

  @ParameterizedTest
  @ValueSource(ints = {500, 503})
  void aReadThatKeepsFailingIsATransientException(int status) {
    server.next(new Answer(status, ""), new Answer(status, ""), new Answer(status, ""));
    assertThatThrownBy(() -> store.get("k").join())
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.isTransient()).isTrue())
        .hasMessageContaining(server.location("k"));
  }

  @Test
  void aStoreThatIgnoresRangesIsCutToThem() {
    store.putIfAbsent("k", body("0123456789")).join();
    assertRange(2, 3, "234");
    assertRange(8, 100, "89");
    assertRange(10, 1, "");
    assertRange(1L << 40, 1, "");
  }

  @Test
  void aStoreThatDoesNotSayHowLongAnObjectIsCannotBeReadBeyondItsEnd() {
    Answer beyond = new Answer(416, "InvalidRange");
    Answer silent = new Answer(200, "");
    server.next(beyond, silent, beyond, silent, beyond, silent);
    assertThatThrownBy(() -> store.getRange("k", 10, 1).join())
        .cause()
        .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.isTransient()).isTrue())
        .hasMessageContaining(server.location("k"));
    assertThat(server.takeReceived())
        .containsExactly("GET k", "HEAD k", "GET k", "HEAD k", "GET k", "HEAD k");
  }

  @Test
  void whatBreaksOffWhileItIsReadIsReadAnew() {
    store.putIfAbsent("k", body("0123456789")).join();
    server.takeReceived();
    server.next(new Misbehaviour.BreakOff(), new Misbehaviour.BreakOff());
    List<String> begun = new CopyOnWriteArrayList<>();
    BodyReader<String> reader =
        new BodyReader<>() {
          @Override
          public String read(ByteBuffer body) {
            return US_ASCII.decode(body).toString();
          }

          @Override
          public String read(InputStream body, int length) throws IOException {
            begun.add(new String(body.readNBytes(2), US_ASCII));
            return new String(body.readNBytes(length - 2), US_ASCII);
          }
        };
    assertThat(store.getRange("k", 2, 6, reader).join()).contains("234567");
    assertThat(begun).containsExactly("23", "23");
    assertThat(server.takeReceived()).containsExactly("GET k", "GET k", "GET k");
  }

  private void assertRange(long offset, int length, String expected) {
    assertThat(store.getRange("k", offset, length).join())
        .isInstanceOfSatisfying(
            GetOutcome.Found.class, found -> assertThat(found.body()).isEqualTo(body(expected)));
  }

  @Test
  void callsReturnAtOnceAndClosingFailsWhatWaits() {
    List<CompletableFuture<PutOutcome>> writes = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      server.next(new Misbehaviour.Hang());
      writes.add(store.putIfAbsent("k" + i, body("1")));
    }
    assertThat(writes).noneMatch(CompletableFuture::isDone);
    store.close();
    int unknown = 0;
    for (CompletableFuture<PutOutcome> write : writes) {
      try {
        assertThat(write.join()).isInstanceOf(PutOutcome.Unknown.class);
        unknown++;
      } catch (CompletionException e) {
        assertThat(e).hasRootCauseMessage("the store was closed before the request was sent");
      }
    }
    // One for each connection: only these may have been sent.
    assertThat(unknown).isLessThanOrEqualTo(2);
    assertRefused(store.get("k"), "closed");
  }

  private static void assertRefused(CompletableFuture<?> future, String... parts) {
    assertThatThrownBy(future::join)
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.isTransient()).isFalse())
        .hasMessageContainingAll(parts)
        .hasMessageNotContaining("my secret");
  }

  private static ByteBuffer body(String text) {
    return ByteBuffer.wrap(text.getBytes(UTF_8));
  }
}
