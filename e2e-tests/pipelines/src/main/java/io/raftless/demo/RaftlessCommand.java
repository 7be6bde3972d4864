package io.raftless.demo;

import io.raftless.bench.BenchCommand;
import io.raftless.bench.cost.CostCommand;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** The command line: {@code raftless}. What it does is in its subcommands. */
@Command(
    name = "raftless",
    mixinStandardHelpOptions = true,
    description = "A partitioned, append-only log in S3-compatible object storage.",
    synopsisSubcommandLabel = "COMMAND",
    versionProvider = VersionProvider.class,
    subcommands = {
      DemoCommand.class,
      ConnectDemoCommand.class,
      BenchCommand.class,
      CostCommand.class
    })
public final class RaftlessCommand implements Callable<Integer> {
  /** The exit code of a command line that makes no sense. */
  static final int USAGE = CommandLine.ExitCode.USAGE;

  @Spec private CommandSpec spec = CommandSpec.create();

  private RaftlessCommand() {}

  /** Runs the command and ends the JVM with its exit code. */
  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  /** The command line, ready to execute. */
  static CommandLine commandLine() {
    return new CommandLine(new RaftlessCommand())
        .setUsageHelpAutoWidth(true)
        .setParameterExceptionHandler(RaftlessCommand::explain)
        .setExecutionExceptionHandler(RaftlessCommand::confess);
  }

  /** One line that says what to do, instead of the whole help. */
  private static int explain(ParameterException mistake, String[] arguments) {
    CommandLine command = mistake.getCommandLine();
    String message = oneLine(mistake);
    String name = command.getCommandSpec().qualifiedName();
    PrintWriter err = command.getErr();
    err.println(name + ": " + message + " (options: " + name + " --help)");
    err.flush();
    return USAGE;
  }

  private static String oneLine(Exception exception) {
    return String.valueOf(exception.getMessage()).replaceAll("\\s*\\R\\s*", " ");
  }

  /** What nobody foresaw: the message for the person, the rest for the log. */
  private static int confess(Exception surprise, CommandLine command, ParseResult parsed) {
    Path log = LogFile.set(null);
    LoggerFactory.getLogger(RaftlessCommand.class).error("unexpected", surprise);
    String name = command.getCommandSpec().qualifiedName();
    PrintWriter err = command.getErr();
    err.println(name + ": " + surprise + "; more about it is in " + log);
    err.flush();
    return CommandLine.ExitCode.SOFTWARE;
  }

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "name a command, for example: raftless demo");
  }
}
