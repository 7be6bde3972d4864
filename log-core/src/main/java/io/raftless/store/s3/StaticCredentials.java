package io.raftless.store.s3;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;

/** Keys that were given to us, instead of found by the SDK. Never printed. */
record StaticCredentials(String accessKeyId, String secretAccessKey, @Nullable String sessionToken)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  StaticCredentials {
    if (accessKeyId.isBlank() || secretAccessKey.isBlank()) {
      throw new IllegalArgumentException(
          "s3 credentials: the access key id or the secret access key is blank: give both, or"
              + " neither to use the AWS SDK's default chain");
    }
  }

  AwsCredentials toAws() {
    return sessionToken == null
        ? AwsBasicCredentials.create(accessKeyId, secretAccessKey)
        : AwsSessionCredentials.create(accessKeyId, secretAccessKey, sessionToken);
  }

  @Override
  public String toString() {
    return "***";
  }
}
