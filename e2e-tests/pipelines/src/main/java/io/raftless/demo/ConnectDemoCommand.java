package io.raftless.demo;

import io.raftless.demo.input.KeyRule;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code raftless connect-demo}: checks the options, runs the {@link ConnectDemo}, prints what came
 * of it.
 */
@Command(
    name = "connect-demo",
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class,
    showDefaultValues = true,
    description = {
      "Brings a topic to a log on S3 and from there to another topic, exactly once, with the Kafka"
          + " Connect plugin, while workers are killed; and compares.",
      "",
      "It starts an S3 server, a Kafka broker and two distributed Connect workers, each in a"
          + " process of its own on free ports of the loopback interface. The lines of the file,"
          + " keyed, go into a topic; the sink connector writes them to a new log, the source"
          + " connector reads it into a second topic; workers are killed with kill -9 on the way."
          + " Every line is looked for in what is committed of the second topic: it must be there"
          + " once, unaltered, in order within its key.",
      ""
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:exactly once, and a worker was killed as often as was asked for",
      "1:not exactly once, or the demo itself failed",
      "2:an option makes no sense, or a file cannot be used"
    })
final class ConnectDemoCommand implements Callable<Integer> {
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
      description =
          "Partitions of the topics and of the log, 1 to "
              + ConnectDemoSettings.MOST_PARTITIONS
              + ".")
  private int partitions;

  @Option(
      names = "--kills",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "How many times a worker is killed on the way, 0 to "
              + ConnectDemoSettings.MOST_KILLS
              + ", fewer than there are lines. It is one that writes to the log, and a new one"
              + " takes its place.")
  private int kills;

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
          "Where this process logs to. Without it: a file that is named if"
              + " something goes wrong.")
  private @Nullable Path logFile;

  @Override
  public Integer call() {
    Path log = LogFile.set(checkedLogFile());
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    Progress progress = Progress.on(err, Boolean.getBoolean(TERMINAL_PROPERTY));
    try {
      ConnectDemoReport report = run(new ConnectDemo(settings(), progress), progress);
      report.printTo(out);
      return report.exitCode();
    } catch (UsageException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    } catch (InterruptedException e) {
      return INTERRUPTED;
    } catch (DemoFailedException e) {
      LoggerFactory.getLogger(ConnectDemoCommand.class).error("no verdict", e);
      err.println("raftless connect-demo: " + e.getMessage());
      err.println("raftless connect-demo: no verdict; more about it is in " + log);
      err.flush();
      return FAILED;
    }
  }

  private static ConnectDemoReport run(ConnectDemo demo, Progress progress)
      throws InterruptedException {
    try {
      return demo.run();
    } finally {
      progress.end();
    }
  }

  private ConnectDemoSettings settings() {
    if (key.isEmpty()) {
      throw new UsageException("--key is empty: give the name of a field");
    }
    return new ConnectDemoSettings(
        input,
        new KeyRule(key),
        inRange("--partitions", partitions, 1, ConnectDemoSettings.MOST_PARTITIONS),
        inRange("--kills", kills, 0, ConnectDemoSettings.MOST_KILLS),
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
