package io.raftless.flink;

import java.io.IOException;
import org.apache.flink.runtime.throwable.ThrowableAnnotation;
import org.apache.flink.runtime.throwable.ThrowableType;
import org.jspecify.annotations.Nullable;

/**
 * A failure that no restart repairs. Flink fails the job for good when it finds one in the causes
 * of a task's failure, whatever the restart strategy says; the message tells what to do.
 */
@ThrowableAnnotation(ThrowableType.NonRecoverableError)
public class UnrecoverableException extends IOException {
  private static final long serialVersionUID = 1L;

  public UnrecoverableException(String message) {
    super(message);
  }

  public UnrecoverableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
