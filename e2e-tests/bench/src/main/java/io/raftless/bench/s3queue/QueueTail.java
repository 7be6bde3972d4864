package io.raftless.bench.s3queue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The object that appends replace.
 *
 * @param nextOffset that the next record gets, from 1
 * @param pending the entry of the last append; null before the first
 */
record QueueTail(long nextOffset, @Nullable QueueEntry pending) {
  static final QueueTail FIRST = new QueueTail(1, null);

  QueueTail appended(int count, String object) {
    return new QueueTail(nextOffset + count, new QueueEntry(nextOffset + count - 1, count, object));
  }

  ByteBuffer body() {
    return StandardCharsets.UTF_8.encode(
        pending == null ? nextOffset + "" : nextOffset + "\n" + pending.text());
  }

  static QueueTail parse(ByteBuffer body) {
    String[] lines = StandardCharsets.UTF_8.decode(body.duplicate()).toString().split("\n", 2);
    return new QueueTail(
        Long.parseLong(lines[0]), lines.length == 1 ? null : QueueEntry.parse(lines[1]));
  }
}
