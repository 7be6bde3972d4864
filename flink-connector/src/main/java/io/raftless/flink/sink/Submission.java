package io.raftless.flink.sink;

import io.raftless.id.Label;
import io.raftless.id.LabelSource;
import java.security.SecureRandom;
import java.time.Clock;

/**
 * Who holds the sink id: one submission of a job. All its attempts share it; a resubmission is
 * another one (design §10).
 *
 * <p>The id alone decides. What else the holder's name says, which job and (by the id) since when,
 * is for people.
 */
final class Submission {
  private static final int MAX_JOB_NAME_LENGTH = 100;
  private static final int ID_LENGTH = 36;

  private Submission() {}

  /** An id that no other submission has; ids ascend with the time. */
  static String newId() {
    return new LabelSource(Clock.systemUTC(), new SecureRandom()).next().toString();
  }

  /** The name under which a submission acquires. The same for all attempts of a job. */
  static String holder(String submissionId, String jobName) {
    String name = jobName.strip();
    return name.isEmpty()
        ? submissionId
        : submissionId + " " + name.substring(0, Math.min(name.length(), MAX_JOB_NAME_LENGTH));
  }

  /**
   * The name under which one committer of a submission acquires that commits a whole input: no
   * other committer has it, not even of the same attempt of the job.
   */
  static String holderOfWholeInput(String submissionId, String jobName) {
    return holder(submissionId, jobName) + " " + newId();
  }

  /** Whether a holder's name is one of a submission. */
  static boolean isOf(String submissionId, String holder) {
    return holder.equals(submissionId) || holder.startsWith(submissionId + " ");
  }

  /** A holder's name as people want to read it. */
  static String describe(String holder) {
    if (holder.length() < ID_LENGTH) {
      return "submission " + holder;
    }
    String id = holder.substring(0, ID_LENGTH);
    try {
      String when = "submission " + id + " of " + Label.parse(id).time();
      String name = holder.substring(ID_LENGTH).strip();
      return name.isEmpty() ? when : "job '" + name + "', " + when;
    } catch (IllegalArgumentException notOfThisConnector) {
      return "submission " + holder;
    }
  }
}
