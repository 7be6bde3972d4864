package io.raftless.demo;

import java.io.PrintWriter;

/** Shows a person how far the demo is. One thread uses it. */
interface Progress {

  /** Begins something, and ends what was begun before. */
  void begin(String what, long goal);

  /** So much of the goal is reached. */
  void reached(long value);

  /** Something worth a line has happened. */
  void note(String line);

  /** Ends what was begun, if anything was. */
  void end();

  /** A bar on a terminal, a few lines elsewhere. */
  static Progress on(PrintWriter out, boolean isTerminal) {
    return isTerminal ? new BarProgress(out) : new LineProgress(out);
  }
}
