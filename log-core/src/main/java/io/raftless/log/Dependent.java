package io.raftless.log;

/** What was made from a log handle and must not wait for anything once the handle is closed. */
interface Dependent {

  /** The log handle is closed: whoever waits is told so now. */
  void logClosed();
}
