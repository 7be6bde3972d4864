package io.raftless.demo;

import java.io.PrintWriter;
import java.io.StringWriter;

/** What a run of the command in this JVM ended with. */
record CommandRun(int exitCode, String out, String err) {

  static CommandRun of(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        RaftlessCommand.commandLine()
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(arguments);
    return new CommandRun(exitCode, out.toString(), err.toString());
  }

  String lastLine() {
    return out.lines().reduce((before, line) -> line).orElse("");
  }
}
