package io.raftless.connect.sink;

import io.raftless.log.RaftlessException;
import io.raftless.store.StoreException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;

/**
 * What to do about something that failed.
 *
 * @param kind what to do
 * @param cause what failed
 */
record Trouble(Kind kind, Throwable cause) {

  enum Kind {
    /** Wait for longer than a session lasts: somebody else acquired it. */
    FENCED,
    /** Acquire again after a pause: it did not happen, or nobody knows. */
    AGAIN,
    /** An administrator fenced the log: like AGAIN, for as long as it takes. */
    LOG_FENCED,
    /** The task has to fail: it would be the same the next time. */
    HOPELESS
  }

  static Trouble of(Throwable thrown) {
    Throwable cause = thrown;
    while ((cause instanceof CompletionException || cause instanceof ExecutionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return new Trouble(kind(cause), cause);
  }

  private static Kind kind(Throwable cause) {
    if (cause instanceof RaftlessException.WriterFenced) {
      return Kind.FENCED;
    }
    if (cause instanceof RaftlessException.LogFenced) {
      return Kind.LOG_FENCED;
    }
    if (cause instanceof RaftlessException.LogNotFound
        || cause instanceof RaftlessException.OtherIncarnation
        || cause instanceof RaftlessException.Refused
        || cause instanceof RaftlessException.Corrupted) {
      return Kind.HOPELESS;
    }
    if (cause instanceof StoreException refused) {
      return refused.isUnsafe() ? Kind.HOPELESS : Kind.AGAIN;
    }
    // They are KafkaExceptions as well.
    if (cause instanceof RetriableException) {
      return Kind.AGAIN;
    }
    if (cause instanceof ConfigException || cause instanceof ConnectException) {
      return Kind.HOPELESS;
    }
    return cause instanceof RaftlessException
            || cause instanceof KafkaException
            || cause instanceof TimeoutException
            || cause instanceof InterruptedException
        ? Kind.AGAIN
        : Kind.HOPELESS;
  }
}
