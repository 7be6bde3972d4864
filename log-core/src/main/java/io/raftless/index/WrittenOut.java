package io.raftless.index;

import io.raftless.format.WalObject;
import io.raftless.id.Incarnation;
import io.raftless.id.Label;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * A WAL object that does not exist yet, with batches that were in a head: to be stored before any
 * head that refers to it.
 *
 * @param label its name: above those of its batches
 * @param batches as they were in the head, at least one
 */
public record WrittenOut(Label label, List<Entry> batches) {
  public WrittenOut {
    batches = List.copyOf(batches);
  }

  /** The same batches as they are when the object exists. */
  List<Entry> references() {
    List<Entry> references = new ArrayList<>();
    long position = WalObject.firstWrittenOut(batches.size());
    for (Entry batch : batches) {
      references.add(batch.writtenOut(label, position));
      position += batch.length();
    }
    return references;
  }

  /** The object. */
  public ByteBuffer toObject(Incarnation incarnation, int partition) {
    List<WalObject.Batch> blocks = new ArrayList<>();
    for (Entry batch : batches) {
      InlineBlock data = batch.data();
      if (data == null) {
        throw new IllegalStateException("batch " + batch.label() + " is not in the head");
      }
      blocks.add(new WalObject.Batch(batch.label().value(), data.buffer()));
    }
    return WalObject.assemble(incarnation.value(), label.value(), partition, blocks).body();
  }
}
