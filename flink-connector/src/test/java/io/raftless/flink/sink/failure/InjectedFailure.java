package io.raftless.flink.sink.failure;

import java.io.IOException;

/** The test ends a task. */
final class InjectedFailure extends IOException {
  private static final long serialVersionUID = 1L;

  InjectedFailure(String what) {
    super("the test ends this task: " + what);
  }
}
