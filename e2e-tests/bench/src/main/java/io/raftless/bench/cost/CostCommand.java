package io.raftless.bench.cost;

import io.raftless.log.ReaderOptions;
import io.raftless.log.WriterOptions;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code raftless cost}: requests, bytes and dollars of a month. */
@Command(
    name = "cost",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    description = {
      "Says what a stream costs in a month of 30 days: requests, bytes, dollars.",
      "",
      "For a stream that is written and read all the time. Prices are those of S3 Standard in"
          + " us-east-1; docs/performance.md has the formulas.",
      ""
    })
public final class CostCommand implements Callable<Integer> {
  private static final double MONTH_SECONDS = 30 * 86_400.0;
  private static final double MEGA = 1e6;
  private static final double GIGA = 1e9;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--rate",
      required = true,
      paramLabel = "MB/S",
      description = "10^6 bytes a second of all writers together, as they are stored: compressed.")
  private double rate;

  @Option(
      names = "--partitions",
      defaultValue = "4",
      paramLabel = "N",
      description = "That every flush of a writer touches.")
  private int partitions;

  @Option(
      names = "--writers",
      defaultValue = "1",
      paramLabel = "N",
      description = "With as much each.")
  private int writers;

  @Option(
      names = "--readers",
      defaultValue = "1",
      paramLabel = "N",
      description = "Each reads all partitions, at their ends.")
  private int readers;

  @Option(
      names = "--linger",
      defaultValue = "50",
      paramLabel = "MS",
      description = "lingerMillis of the writers: for how long they gather records.")
  private int linger;

  @Option(
      names = "--min-poll",
      defaultValue = "20",
      paramLabel = "MS",
      description = "minPollMillis of the readers: how soon they look for more.")
  private int minPoll;

  @Option(names = "--compacted", description = "Batches are merged into segments.")
  private boolean isCompacted;

  @Option(
      names = "--retention-days",
      defaultValue = "7",
      paramLabel = "DAYS",
      description = "For how long records are kept.")
  private double retentionDays;

  @Option(
      names = "--put-price",
      defaultValue = "5.00",
      paramLabel = "DOLLARS",
      description = "For a million PUT requests.")
  private double putPrice;

  @Option(
      names = "--get-price",
      defaultValue = "0.40",
      paramLabel = "DOLLARS",
      description = "For a million GET requests.")
  private double getPrice;

  @Option(
      names = "--storage-price",
      defaultValue = "0.023",
      paramLabel = "DOLLARS",
      description = "For 10^9 bytes that are kept for a month.")
  private double storagePrice;

  @Override
  public Integer call() {
    Stream stream = stream();
    double puts = stream.putsPerSecond() * MONTH_SECONDS / MEGA;
    double gets = stream.getsPerSecond() * MONTH_SECONDS / MEGA;
    double kept = stream.bytesPerSecond() * retentionDays * 86_400 / GIGA;
    double forPuts = puts * putPrice;
    double forGets = gets * getPrice;
    double forStorage = kept * storagePrice;
    PrintWriter out = spec.commandLine().getOut();
    line(out, "PUT requests", puts, "million", forPuts);
    line(out, "GET requests", gets, "million", forGets);
    line(out, "stored", kept, "GB", forStorage);
    line(out, "a month", forPuts + forGets + forStorage);
    out.printf(
        Locale.ROOT,
        "%nWithin a region traffic is free: %,.1f GB are sent, and %,.1f GB received.%n",
        stream.bytesSentPerSecond() * MONTH_SECONDS / GIGA,
        stream.bytesReceivedPerSecond() * MONTH_SECONDS / GIGA);
    out.printf(
        Locale.ROOT,
        "Each writer flushes %.2f times a second, %s.%n",
        stream.flushesPerSecond() / writers,
        stream.isInline()
            ? "so little that it is committed inside of the heads: one request for each partition"
            : "an object and a head for each of its partitions");
    out.flush();
    return 0;
  }

  private static void line(
      PrintWriter out, String what, double count, String unit, double dollars) {
    line(out, String.format(Locale.ROOT, "%-14s %,14.1f %s", what, count, unit), dollars);
  }

  private static void line(PrintWriter out, String what, double dollars) {
    out.printf(Locale.ROOT, "%-37s %,12.2f $%n", what, dollars);
  }

  private Stream stream() {
    require(rate > 0 && rate < 1e6, "--rate", rate, "a number above 0");
    require(partitions > 0, "--partitions", partitions, "1 or more");
    require(writers > 0, "--writers", writers, "1 or more");
    require(readers >= 0, "--readers", readers, "0 or more");
    require(
        linger > 0,
        "--linger",
        linger,
        "1 or more: what 0 costs depends on how often something comes");
    require(minPoll > 0, "--min-poll", minPoll, "1 or more");
    require(retentionDays >= 0, "--retention-days", retentionDays, "0 or more");
    require(putPrice >= 0, "--put-price", putPrice, "0 or more");
    require(getPrice >= 0, "--get-price", getPrice, "0 or more");
    require(storagePrice >= 0, "--storage-price", storagePrice, "0 or more");
    ReaderOptions defaults = ReaderOptions.defaults();
    return new Stream(
        rate * MEGA,
        partitions,
        writers,
        readers,
        WriterOptions.defaults().withLingerMillis(linger),
        new ReaderOptions(
            defaults.maxBytesInMemory(),
            minPoll,
            Math.max(minPoll, defaults.maxPollMillis()),
            defaults.onTrimmed()),
        isCompacted);
  }

  private void require(boolean isFine, String option, double value, String choose) {
    if (!isFine) {
      String text =
          value == Math.rint(value) ? String.valueOf((long) value) : String.valueOf(value);
      throw new ParameterException(spec.commandLine(), option + " " + text + ": choose " + choose);
    }
  }
}
