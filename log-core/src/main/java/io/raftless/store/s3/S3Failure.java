package io.raftless.store.s3;

import io.raftless.store.PutOutcome;
import io.raftless.store.StoreException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;

/**
 * What a request that did not succeed says. The error code decides before the status does: proxies
 * and S3-compatible stores are more careful with the one than with the other.
 *
 * @param cause what the SDK threw
 * @param status the HTTP status, 0 if there was no answer
 * @param code the S3 error code, empty if the answer had none
 */
record S3Failure(Throwable cause, int status, String code) {
  private static final Set<String> LOST =
      Set.of("PreconditionFailed", "ConditionalRequestConflict");

  /** Client errors by their status, but they say nothing about the next attempt. */
  private static final Set<String> TRANSIENT_CLIENT_ERRORS =
      Set.of(
          "RequestTimeout",
          "RequestTimeoutException",
          "IncompleteBody",
          "BadDigest",
          "SlowDown",
          "Throttling",
          "ThrottlingException",
          "TooManyRequestsException");

  static S3Failure of(Throwable cause) {
    if (cause instanceof AwsServiceException answered) {
      String code =
          answered.awsErrorDetails() == null ? null : answered.awsErrorDetails().errorCode();
      return new S3Failure(cause, answered.statusCode(), code == null ? "" : code);
    }
    return new S3Failure(cause, 0, "");
  }

  /** 404 of the key; a bucket or a path that does not exist is another matter. */
  boolean isMissingKey() {
    return code.equals("NoSuchKey");
  }

  boolean isNotModified() {
    return status == 304;
  }

  boolean isBeyondTheEnd() {
    return status == 416 || code.equals("InvalidRange");
  }

  /**
   * The outcome of a conditional write.
   *
   * @param replacing whether it was sent with If-Match
   * @throws StoreException if the store refused the request itself
   */
  PutOutcome outcomeOfWrite(boolean replacing, String target) {
    if (status == 412 || status == 409 || LOST.contains(code) || (replacing && isMissingKey())) {
      return new PutOutcome.Conflict(describe());
    }
    if (isTransient()) {
      return new PutOutcome.Unknown(cause);
    }
    throw refused("write", target);
  }

  /** The exception for a read, list or delete. */
  StoreException toException(String operation, String target) {
    return isTransient()
        ? StoreException.unavailable(
            "cannot " + operation + " " + target + " now: " + describe(), cause)
        : refused(operation, target);
  }

  /** Without an answer (time-out, lost connection) nobody knows, so another attempt may succeed. */
  private boolean isTransient() {
    if (code.equals("NotImplemented")) {
      return false;
    }
    return status == 0
        || status == 307
        || status == 408
        || status == 429
        || status >= 500
        || TRANSIENT_CLIENT_ERRORS.contains(code);
  }

  private StoreException refused(String operation, String target) {
    return StoreException.refused(
        "cannot " + operation + " " + target + ": " + describe() + "; " + advice(), cause);
  }

  private String describe() {
    if (status == 0) {
      return cause.toString();
    }
    String message = messageOfTheStore();
    return (code.isEmpty() ? "HTTP " + status : code + " (HTTP " + status + ")")
        + (message == null ? "" : ": " + message);
  }

  private @Nullable String messageOfTheStore() {
    return cause instanceof AwsServiceException answered && answered.awsErrorDetails() != null
        ? answered.awsErrorDetails().errorMessage()
        : null;
  }

  private String advice() {
    return switch (code) {
      case "NoSuchBucket" -> "create the bucket, or correct its name or the endpoint";
      case "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken" ->
          "check the access key id and the secret access key";
      case "ExpiredToken" -> "renew the credentials";
      case "RequestTimeTooSkewed" -> "set the clock of this machine";
      case "PermanentRedirect", "AuthorizationHeaderMalformed" ->
          "set the region (and the endpoint) that the bucket is in";
      case "NotImplemented" ->
          "the store lacks what Raftless needs (conditional writes): use another store";
      default ->
          switch (status) {
            case 401, 403 ->
                "grant these credentials s3:GetObject, s3:PutObject, s3:DeleteObject and"
                    + " s3:ListBucket (without the last one S3 answers 403 for an absent key)";
            case 301 -> "set the region (and the endpoint) that the bucket is in";
            case 404 -> "is this the endpoint of an S3 store, and is path-style set as it wants?";
            default -> "see the log of the store";
          };
    };
  }
}
