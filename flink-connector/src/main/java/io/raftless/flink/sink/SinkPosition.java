package io.raftless.flink.sink;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.raftless.format.Json;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a sink id stores in a head together with the records it appends: what it committed there
 * last.
 *
 * @param format version of this structure
 * @param submission that staged it; not the one that committed it, which may be the next
 * @param checkpoint which it belongs to; 0 if it is the whole input
 * @param timeMillis when it was committed, for people
 * @param digests of the last few sets of batches that were committed here, the newest last: a
 *     restored set that is among them was committed, however old it is
 * @param acceptedBy the submission that found this position when it took over, and went on although
 *     its own history does not know it; null if none did
 * @param wholeInput if it is the whole input: of which run
 */
record SinkPosition(
    int format,
    String submission,
    long checkpoint,
    long timeMillis,
    List<String> digests,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String acceptedBy,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable WholeInput wholeInput) {
  private static final int FORMAT = 1;
  private static final int MAX_DIGESTS = 12;

  /**
   * The commit of a whole input.
   *
   * @param jobId which run of the job
   * @param partitions how many partitions the log had for the writers, if all records were placed
   *     repeatably; 0 if not
   */
  record WholeInput(String jobId, int partitions) {}

  SinkPosition {
    digests = List.copyOf(digests);
  }

  /** What is stored with a checkpoint's records. */
  static SinkPosition ofCheckpoint(
      String submission, long checkpoint, long timeMillis, List<String> digests) {
    return new SinkPosition(FORMAT, submission, checkpoint, timeMillis, digests, null, null);
  }

  /** What is stored with a whole input. */
  static SinkPosition ofWholeInput(
      String submission, long timeMillis, List<String> digests, WholeInput wholeInput) {
    return new SinkPosition(FORMAT, submission, 0, timeMillis, digests, null, wholeInput);
  }

  /** The digests of a position, which may be null, and one more. */
  static List<String> digests(@Nullable SinkPosition position, String digest) {
    List<String> digests = new ArrayList<>(position == null ? List.of() : position.digests());
    digests.remove(digest);
    digests.add(digest);
    return digests.subList(Math.max(0, digests.size() - MAX_DIGESTS), digests.size());
  }

  /** The same commit, accepted. */
  SinkPosition acceptedBy(String newSubmission) {
    return new SinkPosition(
        format, submission, checkpoint, timeMillis, digests, newSubmission, wholeInput);
  }

  /** Whether it proves that this set of batches was committed. */
  boolean proves(String digest) {
    return digests.contains(digest);
  }

  /** Whether a run of a submission committed the whole input here. */
  boolean isWholeInputOf(String submissionId, String jobId) {
    return submission.equals(submissionId)
        && wholeInput != null
        && wholeInput.jobId().equals(jobId);
  }

  /** As it is stored. */
  String encode() {
    return StandardCharsets.UTF_8.decode(Json.encode(this)).toString();
  }

  /**
   * Reads what {@link #encode} of this or an older version wrote.
   *
   * @throws io.raftless.format.FormatException if it is of a newer version, or something else
   */
  static SinkPosition decode(String position) {
    return Json.decode(
        ByteBuffer.wrap(position.getBytes(StandardCharsets.UTF_8)),
        SinkPosition.class,
        "position of a sink",
        FORMAT);
  }
}
