package io.raftless.sim.check;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A batch that became part of the log.
 *
 * @param item as it stood in the index first
 * @param trouble why its records could not be read; null if they could
 * @param texts of its records
 * @param parts the appends that it was made of, in order
 * @param version of the head that it came with
 * @param by who wrote that head
 */
record Committed(
    Batch batch,
    Item item,
    @Nullable String trouble,
    List<String> texts,
    List<Part> parts,
    long version,
    String by) {

  /**
   * The records of one append: several appends may share a batch.
   *
   * @param name of the append; null if nobody asked for these records
   * @param base offset of its first record
   * @param isWhole whether it has all records of that append and no others
   * @param candidates calls that may have done it, by what was known then
   */
  record Part(
      @Nullable String name, long base, int count, boolean isWhole, List<AskedAppend> candidates) {}

  @Override
  public String toString() {
    return batch + " " + texts + " (version " + version + " by " + by + ")";
  }
}
