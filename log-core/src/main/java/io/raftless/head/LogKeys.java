package io.raftless.head;

import io.raftless.id.Incarnation;
import io.raftless.id.Label;
import io.raftless.index.Entry;

/**
 * Where everything of a log is (design §3).
 *
 * @param root key prefix of the log, ending in a slash
 * @param incarnation of the log
 */
public record LogKeys(String root, Incarnation incarnation) {

  /** The descriptor, which outlives every incarnation. */
  public static String descriptor(String root) {
    return root + "log.json";
  }

  /** The one mutable object of a partition. */
  public String head(int partition) {
    return partition(partition) + "head";
  }

  /** An index node. */
  public String node(int partition, Label label) {
    return partition(partition) + "node/" + label;
  }

  /** The list of the batches that a segment was made of. */
  public String provenance(int partition, Label label) {
    return node(partition, label);
  }

  /** A segment; spread like WAL objects. */
  public String segment(int partition, Label label) {
    return partition(partition) + "segment/" + label.shard() + "/" + label;
  }

  /** A WAL object; spread over 256 folders, since stores scale by key prefix. */
  public String wal(Label label) {
    return root + incarnation + "/wal/" + label.shard() + "/" + label;
  }

  /** What has the block of a batch: a WAL object, or the head. */
  public String batch(int partition, Entry batch) {
    Label object = batch.dataObject();
    return object == null ? head(partition) : wal(object);
  }

  /** The cursor of a consumer group in a partition. */
  public String cursor(String group, int partition) {
    return cursors() + group + "/" + partition;
  }

  /** Below it are the cursors of all groups. */
  public String cursors() {
    return root + incarnation + "/cursors/";
  }

  private String partition(int partition) {
    return root + incarnation + "/" + partition + "/";
  }
}
