package io.raftless.store.s3;

import java.io.Serializable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;

/** How S3 encrypts the objects that Raftless writes. Every write says so, the probe's too. */
public sealed interface ServerSideEncryption extends Serializable {

  /**
   * As the bucket has it by default: Amazon S3 encrypts with its own keys unless told otherwise.
   */
  static ServerSideEncryption bucketDefault() {
    return new BucketDefault();
  }

  /** With keys that S3 manages (SSE-S3, AES-256), whatever the default of the bucket is. */
  static ServerSideEncryption managedByS3() {
    return new ManagedByS3();
  }

  /**
   * With a key of AWS KMS (SSE-KMS), through a bucket key, so that KMS is not asked for every
   * object.
   *
   * @param keyId the key's id or ARN, or an alias; empty for the AWS managed key {@code aws/s3}
   * @throws IllegalArgumentException if that cannot be a key
   */
  static ServerSideEncryption kms(String keyId) {
    return new Kms(keyId, true);
  }

  /**
   * With a key of AWS KMS (SSE-KMS).
   *
   * @param keyId the key's id or ARN, or an alias; empty for the AWS managed key {@code aws/s3}
   * @param bucketKey whether S3 asks KMS for a key for the bucket now and then, and not for every
   *     object
   * @throws IllegalArgumentException if that cannot be a key
   */
  static ServerSideEncryption kms(String keyId, boolean bucketKey) {
    return new Kms(keyId, bucketKey);
  }

  /** No header: the bucket decides. */
  record BucketDefault() implements ServerSideEncryption {}

  /** SSE-S3. */
  record ManagedByS3() implements ServerSideEncryption {}

  /**
   * SSE-KMS.
   *
   * @param keyId the key; empty for the AWS managed one
   * @param bucketKey whether S3 uses a bucket key
   */
  record Kms(String keyId, boolean bucketKey) implements ServerSideEncryption {
    private static final Pattern KEY = Pattern.compile("[a-zA-Z0-9:/_-]{0,2048}");

    public Kms {
      if (!KEY.matcher(keyId).matches()) {
        throw new IllegalArgumentException(
            "s3 KMS key: '"
                + keyId
                + "' is not the id, ARN or alias of a key: give one such as"
                + " arn:aws:kms:eu-central-1:111122223333:key/…, or nothing for the AWS managed"
                + " key");
      }
    }

    private @Nullable String keyIdOrNull() {
      return keyId.isEmpty() ? null : keyId;
    }
  }

  /** Adds the headers of a write. */
  default void applyTo(PutObjectRequest.Builder request) {
    if (this instanceof ManagedByS3) {
      request.serverSideEncryption(
          software.amazon.awssdk.services.s3.model.ServerSideEncryption.AES256);
    } else if (this instanceof Kms kms) {
      request
          .serverSideEncryption(
              software.amazon.awssdk.services.s3.model.ServerSideEncryption.AWS_KMS)
          .ssekmsKeyId(kms.keyIdOrNull())
          .bucketKeyEnabled(kms.bucketKey());
    }
  }
}
