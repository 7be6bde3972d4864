package io.raftless.flink.sink;

import io.raftless.log.StagedBatch;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/** Short names for what is committed to a head at once. */
final class LabelDigest {
  private static final int BYTES = 16;

  private LabelDigest() {}

  /** 128 bits of the labels of batches, in their order: 22 characters. */
  static String of(List<StagedBatch> batches) {
    MessageDigest sha256 = sha256();
    for (StagedBatch batch : batches) {
      sha256.update(batch.batch().label().toString().getBytes(StandardCharsets.US_ASCII));
    }
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(Arrays.copyOf(sha256.digest(), BYTES));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
