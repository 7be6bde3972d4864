package io.raftless.cursor;

import io.raftless.cas.Schema;
import io.raftless.format.FormatException;
import io.raftless.format.Json;
import io.raftless.id.Incarnation;
import io.raftless.id.LabelSource;
import java.nio.ByteBuffer;

/**
 * How one cursor is stored: as JSON, each write with a label of its own. A body that is not of this
 * very cursor is refused: somebody copied objects.
 *
 * @param labels for the writes
 * @param incarnation of the log
 * @param group whose cursor it is
 * @param partition of the log
 */
public record CursorSchema(LabelSource labels, Incarnation incarnation, String group, int partition)
    implements Schema<Cursor> {

  @Override
  public Cursor decode(ByteBuffer body) {
    Cursor cursor = Json.decode(body, Cursor.class, "cursor", Cursor.FORMAT);
    if (!cursor.incarnation().equals(incarnation)
        || !cursor.group().equals(group)
        || cursor.partition() != partition) {
      throw new FormatException(
          "where the cursor of group '"
              + group
              + "' in partition "
              + partition
              + " of incarnation "
              + incarnation
              + " should be, there is that of group '"
              + cursor.group()
              + "' in partition "
              + cursor.partition()
              + " of incarnation "
              + cursor.incarnation());
    }
    return cursor;
  }

  @Override
  public ByteBuffer encode(Cursor cursor) {
    return Json.encode(cursor);
  }

  @Override
  public long version(Cursor cursor) {
    return cursor.version();
  }

  @Override
  public Cursor stamped(Cursor cursor, long version) {
    return cursor.written(version, labels.next());
  }
}
