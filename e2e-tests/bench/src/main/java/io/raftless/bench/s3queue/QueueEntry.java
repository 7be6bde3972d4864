package io.raftless.bench.s3queue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Where the records of one append are.
 *
 * @param endOffset of the last record
 * @param count of records
 * @param object that has them
 */
record QueueEntry(long endOffset, int count, String object) {

  long baseOffset() {
    return endOffset - count + 1;
  }

  String text() {
    return endOffset + " " + count + " " + object;
  }

  ByteBuffer body() {
    return StandardCharsets.UTF_8.encode(text());
  }

  static QueueEntry parse(String text) {
    String[] parts = text.split(" ", 3);
    return new QueueEntry(Long.parseLong(parts[0]), Integer.parseInt(parts[1]), parts[2]);
  }

  static QueueEntry parse(ByteBuffer body) {
    return parse(StandardCharsets.UTF_8.decode(body.duplicate()).toString());
  }
}
