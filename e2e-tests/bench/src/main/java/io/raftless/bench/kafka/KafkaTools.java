package io.raftless.bench.kafka;

import io.raftless.bench.Metric;
import io.raftless.bench.Sample;
import io.raftless.bench.Usage;
import io.raftless.connectcluster.KafkaHome;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Kafka's own performance tools, in a class loader of their own in this JVM: what they are compared
 * with runs on the same heap with the same collector, and was compiled for as long as they were. In
 * a process of their own they would start cold each time.
 *
 * <p>For use by one thread, and while nobody else prints.
 */
public final class KafkaTools implements AutoCloseable {
  /** The system property with the folder of what is measured and not on our class path. */
  static final String YARDSTICKS_PROPERTY = "raftless.bench.yardsticks";

  private static final double MEBIBYTE = 1 << 20;

  /** The last line of the producer: what was made altogether. */
  private static final Pattern SENT =
      Pattern.compile("(\\d+) records sent, ([\\d.,]+) records/sec");

  private final URLClassLoader loader;

  private KafkaTools(URLClassLoader loader) {
    this.loader = loader;
  }

  /** Where the build has put what is measured and not on our class path. */
  public static Path yardsticks() {
    return Path.of(
        Objects.requireNonNull(
            System.getProperty(YARDSTICKS_PROPERTY),
            YARDSTICKS_PROPERTY
                + " is missing: run with Maven, in the phase verify, or"
                + " bin/raftless"));
  }

  /** Loads them. */
  public static KafkaTools open() throws IOException {
    List<URL> jars = new ArrayList<>();
    for (Path folder : List.of(yardsticks().resolve("tools"), KafkaHome.fromProperties().libs())) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.jar")) {
        for (Path jar : files) {
          jars.add(jar.toUri().toURL());
        }
      }
    }
    URLClassLoader loader =
        new URLClassLoader(
            "kafka-tools", jars.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    KafkaTools tools = new KafkaTools(loader);
    tools.refuseExits();
    return tools;
  }

  /**
   * Produces records with {@code ProducerPerformance}.
   *
   * @param bytes of a value
   * @param payloads a file of values, a line each
   * @param properties of the producer, {@code name=value}
   * @return what the tool says of it, from the first record to the acknowledgement of the last
   */
  public Sample produce(
      BenchBroker broker,
      String topic,
      long records,
      int bytes,
      Path payloads,
      List<String> properties) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--bootstrap-server",
                broker.address(),
                "--topic",
                topic,
                "--num-records",
                Long.toString(records),
                "--payload-file",
                payloads.toString(),
                "--throughput",
                "-1",
                "--command-property",
                "acks=all"));
    arguments.addAll(properties);
    Usage usage = Usage.begin();
    String said = run("org.apache.kafka.tools.ProducerPerformance", arguments);
    Usage.Used used = usage.end();
    Matcher line = SENT.matcher(said);
    double perSecond = 0;
    long sent = 0;
    while (line.find()) {
      sent = Long.parseLong(line.group(1));
      perSecond = Double.parseDouble(line.group(2).replace(',', '.'));
    }
    if (sent != records) {
      throw new IllegalStateException(
          "of " + records + " records the producer sent " + sent + "; it said: " + said);
    }
    return Sample.of(Metric.THROUGHPUT, perSecond * bytes / 1e6)
        .and(Metric.RECORDS, perSecond)
        .and(Metric.CPU, (double) used.allCpuNanos() / (records * bytes));
  }

  /**
   * Reads all of a topic with {@code ConsumerPerformance}.
   *
   * @return what the tool says of it, without the time that it took to join its group
   */
  public Sample consume(BenchBroker broker, String topic, long records) {
    String said =
        run(
            "org.apache.kafka.tools.ConsumerPerformance",
            List.of(
                "--bootstrap-server",
                broker.address(),
                "--topic",
                topic,
                "--num-records",
                Long.toString(records),
                "--timeout",
                "60000",
                "--hide-header"));
    // start, end, MiB, MiB/s, records, records/s, joining ms, fetching ms, MiB/s, records/s
    String[] lines = said.strip().split("\n", -1);
    String[] fields = lines[lines.length - 1].strip().split(", ", -1);
    if (fields.length != 10 || Long.parseLong(fields[4]) < records) {
      throw new IllegalStateException(
          "the consumer did not read " + records + " records; it said: " + said);
    }
    return Sample.of(
            Metric.THROUGHPUT, Double.parseDouble(fields[8].replace(',', '.')) * MEBIBYTE / 1e6)
        .and(Metric.RECORDS, Double.parseDouble(fields[9].replace(',', '.')));
  }

  /** Runs a main method, and returns what it printed. */
  private String run(String mainClass, List<String> arguments) {
    PrintStream out = System.out;
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    Thread.currentThread().setContextClassLoader(loader);
    System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
    try {
      loader
          .loadClass(mainClass)
          .getMethod("main", String[].class)
          .invoke(null, (Object) arguments.toArray(String[]::new));
      return said.toString(StandardCharsets.UTF_8);
    } catch (InvocationTargetException e) {
      throw new IllegalStateException(
          mainClass + " failed; it said: " + said.toString(StandardCharsets.UTF_8), e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(mainClass + " cannot be run", e);
    } finally {
      System.setOut(out);
      Thread.currentThread().setContextClassLoader(context);
    }
  }

  /** A tool that fails ends its JVM, which is ours. */
  private void refuseExits() {
    try {
      Class<?> procedure = loader.loadClass("org.apache.kafka.common.utils.Exit$Procedure");
      Object refusal =
          Proxy.newProxyInstance(
              loader,
              new Class<?>[] {procedure},
              (proxy, method, arguments) -> {
                throw new IllegalStateException("the tool wanted to exit");
              });
      loader
          .loadClass("org.apache.kafka.common.utils.Exit")
          .getMethod("setExitProcedure", procedure)
          .invoke(null, refusal);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this Kafka is another one", e);
    }
  }

  @Override
  public void close() throws IOException {
    loader.close();
  }
}
