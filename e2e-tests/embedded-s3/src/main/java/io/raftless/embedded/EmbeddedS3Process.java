package io.raftless.embedded;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * The server in a child JVM with this JVM's class path: for tests that kill and restart processes,
 * and for measurements that a server in the same heap would disturb. It ends with this process even
 * if nobody closes it.
 *
 * <p>Safe for use by many threads.
 */
public final class EmbeddedS3Process implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);
  private static final int LOG_TAIL_LINES = 20;

  /** Stands for the end of standard output; no answer is an empty line. */
  private static final String END = "";

  private final Process process;
  private final Path log;
  private final boolean deleteLog;
  private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();

  /** Guarded by this, so that answers reach whoever asked. */
  private final Writer commands;

  private final S3Address address;

  private EmbeddedS3Process(Builder builder) throws IOException {
    deleteLog = builder.log == null;
    log = builder.log == null ? Files.createTempFile("embedded-s3", ".log") : builder.log;
    process = builder.command(log).start();
    commands = process.outputWriter(StandardCharsets.UTF_8);
    readAnswers(process.inputReader(StandardCharsets.UTF_8));
    try {
      address = JSON.readValue(nextAnswer(builder.startTimeout), S3Address.class);
    } catch (RuntimeException e) {
      kill();
      close();
      throw e;
    }
  }

  /** Starts a server that keeps everything in memory, on a free port, with one bucket. */
  public static EmbeddedS3Process inMemory() {
    return builder().start();
  }

  /** Starts a server on a folder, on a free port, with one bucket. */
  public static EmbeddedS3Process inFolder(Path folder) {
    return builder().folder(folder).start();
  }

  /** Starts from the defaults: memory, a free port, random credentials, one bucket. */
  public static Builder builder() {
    return new Builder();
  }

  /** Where the server listens: {@code http://127.0.0.1:port}. */
  public URI endpoint() {
    return address.endpoint();
  }

  /** The bucket that was created at start. */
  public String bucket() {
    return address.bucket();
  }

  /** The region that clients are to sign for. */
  public String region() {
    return address.region();
  }

  /** The access key that clients are to use. */
  public String accessKeyId() {
    return address.accessKeyId();
  }

  /** The secret that clients are to sign with. */
  public String secretAccessKey() {
    return address.secretAccessKey();
  }

  /** The process id, for whoever wants to measure or stop it. */
  public long pid() {
    return process.pid();
  }

  /** Whether the process runs. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** The requests since the start or the last reset, exactly. */
  public S3Requests requests() {
    return ask("requests");
  }

  /** Counts from zero again, and returns what was counted until now. */
  public S3Requests resetRequests() {
    return ask("reset");
  }

  /**
   * Ends the process at once, as a crash would. What was in memory is gone; in a folder, a write
   * under way can leave its temporary file behind, which listings then show as an object.
   */
  public void kill() {
    process.destroyForcibly().onExit().join();
  }

  /** Ends the process: politely, and after a few seconds with force. */
  @Override
  public void close() {
    try {
      commands.close();
    } catch (IOException e) {
      // It has ended by itself, which is what is wanted.
    }
    try {
      if (!process.waitFor(CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        kill();
      }
      if (deleteLog) {
        Files.deleteIfExists(log);
      }
    } catch (InterruptedException e) {
      kill();
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + log, e);
    }
  }

  private synchronized S3Requests ask(String command) {
    try {
      commands.write(command + "\n");
      commands.flush();
    } catch (IOException e) {
      throw new IllegalStateException("the embedded S3 server has ended" + logTail(), e);
    }
    return JSON.readValue(nextAnswer(ANSWER_TIMEOUT), S3Requests.class);
  }

  private String nextAnswer(Duration timeout) {
    String answer;
    try {
      answer = answers.poll(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for the embedded S3 server", e);
    }
    if (answer == null) {
      throw new IllegalStateException(
          "the embedded S3 server said nothing within " + timeout.toSeconds() + " s" + logTail());
    }
    if (answer.equals(END)) {
      throw new IllegalStateException("the embedded S3 server has ended" + logTail());
    }
    return answer;
  }

  /** Keeps the pipe empty, so that the child never waits for us. */
  private void readAnswers(BufferedReader output) {
    Thread reader =
        new Thread(
            () -> {
              try (output) {
                for (String line = output.readLine(); line != null; line = output.readLine()) {
                  answers.add(line);
                }
              } catch (IOException e) {
                // The pipe broke: that is an end as well.
              } finally {
                answers.add(END);
              }
            },
            "embedded-s3-answers-" + process.pid());
    reader.setDaemon(true);
    reader.start();
  }

  private String logTail() {
    try {
      List<String> lines = Files.readAllLines(log, StandardCharsets.UTF_8);
      if (lines.isEmpty()) {
        return "; it logged nothing";
      }
      int from = Math.max(0, lines.size() - LOG_TAIL_LINES);
      return "; it logged: "
          + String.join(System.lineSeparator(), lines.subList(from, lines.size()));
    } catch (IOException e) {
      return "; its log cannot be read: " + e.getMessage();
    }
  }

  /** What a server process is made of. Every setting has a default. */
  public static final class Builder {
    private int port;
    private @Nullable Path folder;
    private @Nullable Path log;
    private @Nullable String accessKeyId;
    private @Nullable String secretAccessKey;
    private String bucket = EmbeddedS3.DEFAULT_BUCKET;
    private String maxHeap = "1g";
    private Duration startTimeout = Duration.ofSeconds(60);

    private Builder() {}

    /** Listens on this port; 0, the default, is any free one. */
    public Builder port(int port) {
      this.port = port;
      return this;
    }

    /** Keeps objects in this folder instead of in memory; it is created if it is absent. */
    public Builder folder(Path folder) {
      this.folder = folder;
      return this;
    }

    /** Writes the log here and keeps it, instead of to a file that goes at the end. */
    public Builder log(Path log) {
      this.log = log;
      return this;
    }

    /** Replaces the random credentials: a restarted server is to accept its old clients. */
    public Builder credentials(String accessKeyId, String secretAccessKey) {
      this.accessKeyId = accessKeyId;
      this.secretAccessKey = secretAccessKey;
      return this;
    }

    /** Creates this bucket, unless it is there. */
    public Builder bucket(String bucket) {
      this.bucket = bucket;
      return this;
    }

    /** The heap limit of the child as java's -Xmx wants it; by default 1g. */
    public Builder maxHeap(String maxHeap) {
      this.maxHeap = maxHeap;
      return this;
    }

    /** How long the child may take to be ready. */
    public Builder startTimeout(Duration startTimeout) {
      this.startTimeout = startTimeout;
      return this;
    }

    /**
     * Starts the process and waits until it serves.
     *
     * @throws IllegalStateException if it ends or is not ready in time, with the end of its log
     */
    public EmbeddedS3Process start() {
      try {
        return new EmbeddedS3Process(this);
      } catch (IOException e) {
        throw new UncheckedIOException("cannot start the embedded S3 server", e);
      }
    }

    private ProcessBuilder command(Path log) {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.add("-Xmx" + maxHeap);
      command.add("-Dlogback.configurationFile=embedded-s3-logback.xml");
      command.add(EmbeddedS3Main.class.getName());
      command.addAll(List.of("--port", Integer.toString(port), "--bucket", bucket));
      if (folder != null) {
        command.addAll(List.of("--folder", folder.toString()));
      }
      ProcessBuilder process = new ProcessBuilder(command).redirectError(log.toFile());
      // Neither a long class path nor a secret belongs on a command line.
      process.environment().put("CLASSPATH", System.getProperty("java.class.path"));
      if (accessKeyId != null) {
        process.environment().put("EMBEDDED_S3_ACCESS_KEY_ID", accessKeyId);
        process
            .environment()
            .put("EMBEDDED_S3_SECRET_ACCESS_KEY", Objects.requireNonNull(secretAccessKey));
      }
      return process;
    }
  }
}
