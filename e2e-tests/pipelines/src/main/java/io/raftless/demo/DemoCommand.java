package io.raftless.demo;

import io.raftless.demo.input.KeyRule;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code raftless demo}: checks the options, runs the {@link Demo}, prints what came of it. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    showDefaultValues = true,
    description = {
      "Writes a file to a log on S3, exactly once, while the writing job is killed again and"
          + " again; reads the log back; and compares.",
      "",
      "It starts an S3 server in a process of its own and a Flink cluster in this one, both on"
          + " free ports of the loopback interface. One job reads the file line by line, keys the"
          + " lines and writes them to a new log; failures strike it on the way. A second job"
          + " reads the log back, and every line is looked for: it must be there once,"
          + " unaltered, in order within its key.",
      ""
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:exactly once, and every failure that was asked for did strike",
      "1:not exactly once, or the demo itself failed",
      "2:an option makes no sense, or a file cannot be used"
    })
final class DemoCommand implements Callable<Integer> {
  /** Set by bin/raftless if standard error is a terminal, which Java 17 cannot tell by itself. */
  private static final String TERMINAL_PROPERTY = "raftless.terminal";

  private static final int FAILED = 1;
  private static final int INTERRUPTED = 130;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--input",
      paramLabel = "FILE",
      description =
          "The file to write: JSON objects or plain text, one record a line. .gz, .bz2 and"
              + " .deflate are unpacked. Without it: a week of earthquakes, 1,707 JSON objects from"
              + " the U.S. Geological Survey.")
  private @Nullable Path input;

  @Option(
      names = "--key",
      paramLabel = "FIELD",
      defaultValue = "net",
      description =
          "The field of the JSON object that is the record's key, if it is a string, a number or"
              + " a boolean. A line that is no JSON object or lacks the field is its own key.")
  private String key = "";

  @Option(
      names = "--partitions",
      paramLabel = "N",
      defaultValue = "4",
      description = "Partitions of the log, 1 to " + DemoSettings.MOST_PARTITIONS + ".")
  private int partitions;

  @Option(
      names = "--failures",
      paramLabel = "N",
      defaultValue = "2",
      description =
          "How many failures strike the writing job, 0 to "
              + DemoSettings.MOST_FAILURES
              + ", fewer than there are lines. The first kills the committer between a checkpoint's"
              + " pre-commit and its commit, with a part of the partitions committed; the second"
              + " kills an operator that is processing a record; the third kills the committer"
              + " before it commits anything; the fourth an operator; and so on.")
  private int failures;

  @Option(
      names = "--parallelism",
      paramLabel = "N",
      defaultValue = "2",
      description = "Parallelism of both jobs, 1 to " + DemoSettings.MOST_PARALLELISM + ".")
  private int parallelism;

  @Option(
      names = "--checkpoint-interval-ms",
      paramLabel = "MS",
      defaultValue = "500",
      description =
          "Time between checkpoints, "
              + DemoSettings.LEAST_CHECKPOINT_INTERVAL_MILLIS
              + " to "
              + DemoSettings.MOST_CHECKPOINT_INTERVAL_MILLIS
              + ". A small file is written slowly, so that it takes several of them.")
  private int checkpointIntervalMillis;

  @Option(
      names = "--folder",
      paramLabel = "FOLDER",
      description =
          "Where the S3 server keeps its objects, for a look at them afterwards; each run makes a"
              + " new log in it. Without it: in memory.")
  private @Nullable Path folder;

  @Option(
      names = "--log-file",
      paramLabel = "FILE",
      description =
          "Where Flink and everybody else logs to. Without it: a file that is named if"
              + " something goes wrong.")
  private @Nullable Path logFile;

  @Override
  public Integer call() {
    Path log = LogFile.set(checkedLogFile());
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    Progress progress = Progress.on(err, Boolean.getBoolean(TERMINAL_PROPERTY));
    try {
      DemoReport report = run(new Demo(settings(), progress), progress);
      report.printTo(out);
      return report.exitCode();
    } catch (UsageException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    } catch (InterruptedException e) {
      return INTERRUPTED;
    } catch (DemoFailedException e) {
      LoggerFactory.getLogger(DemoCommand.class).error("no verdict", e);
      err.println("raftless demo: " + e.getMessage());
      err.println("raftless demo: no verdict; more about it is in " + log);
      err.flush();
      return FAILED;
    }
  }

  private static DemoReport run(Demo demo, Progress progress) throws InterruptedException {
    try {
      return demo.run();
    } finally {
      progress.end();
    }
  }

  private DemoSettings settings() {
    if (key.isEmpty()) {
      throw new UsageException("--key is empty: give the name of a field");
    }
    return new DemoSettings(
        input,
        new KeyRule(key),
        inRange("--partitions", partitions, 1, DemoSettings.MOST_PARTITIONS),
        inRange("--failures", failures, 0, DemoSettings.MOST_FAILURES),
        inRange("--parallelism", parallelism, 1, DemoSettings.MOST_PARALLELISM),
        Duration.ofMillis(
            inRange(
                "--checkpoint-interval-ms",
                checkpointIntervalMillis,
                DemoSettings.LEAST_CHECKPOINT_INTERVAL_MILLIS,
                DemoSettings.MOST_CHECKPOINT_INTERVAL_MILLIS)),
        checkedFolder());
  }

  private static int inRange(String option, int value, int least, int most) {
    if (value < least || value > most) {
      throw new UsageException(option + " is " + value + ": choose " + least + " to " + most);
    }
    return value;
  }

  private @Nullable Path checkedFolder() {
    if (folder == null) {
      return null;
    }
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      throw new UsageException(folder + " is a file: give --folder a folder, it may be new");
    }
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UsageException("cannot make the folder " + folder + ": give --folder another");
    }
    if (!Files.isWritable(folder)) {
      throw new UsageException("cannot write to the folder " + folder + ": give --folder another");
    }
    return folder.toAbsolutePath();
  }

  private @Nullable Path checkedLogFile() {
    if (logFile == null) {
      return null;
    }
    Path file = logFile.toAbsolutePath();
    Path parent = file.getParent();
    boolean usable =
        Files.exists(file)
            ? Files.isRegularFile(file) && Files.isWritable(file)
            : parent != null && Files.isDirectory(parent) && Files.isWritable(parent);
    if (!usable) {
      throw new ParameterException(
          spec.commandLine(), "cannot write to " + logFile + ": give --log-file another file");
    }
    return file;
  }
}
