package io.raftless.demo;

import java.io.PrintWriter;

/** Progress for files and pipes: a line for what begins and for what happens. */
final class LineProgress implements Progress {
  private final PrintWriter out;

  LineProgress(PrintWriter out) {
    this.out = out;
  }

  @Override
  public void begin(String what, long goal) {
    note(what);
  }

  @Override
  public void reached(long value) {
    // Nobody watches a file.
  }

  @Override
  public void note(String line) {
    out.println(line);
    out.flush();
  }

  @Override
  public void end() {
    out.flush();
  }
}
