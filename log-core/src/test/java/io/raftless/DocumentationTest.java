package io.raftless;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The examples of the documentation compile, as the body of a method with a few things at hand. */
class DocumentationTest {
  private static final List<Path> PAGES = List.of(Path.of("..", "docs", "log.md"));
  private static final Pattern EXAMPLE = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

  private static final String BEFORE =
      """
      import io.raftless.format.*;
      import io.raftless.log.*;
      import io.raftless.maintenance.*;
      import io.raftless.store.*;
      import io.raftless.store.s3.*;
      import java.time.Duration;
      import java.util.*;
      import java.util.concurrent.CompletableFuture;

      abstract class Example {
        RaftlessLog log;
        LogReader reader;
        boolean isRunning;

        abstract void process(ReadBatch batch);
        byte[] key;
        byte[] value;
        long timestamp;

        void run() throws Exception {
      """;

  private record Example(String name, String code) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Example> examples() throws IOException {
    List<Example> all = new ArrayList<>();
    for (Path page : PAGES) {
      Matcher matcher = EXAMPLE.matcher(Files.readString(page));
      while (matcher.find()) {
        String name = page.getFileName() + " at character " + matcher.start();
        all.add(new Example(name, matcher.group(1)));
      }
    }
    assertThat(all).hasSizeGreaterThanOrEqualTo(2);
    return all.stream();
  }

  @ParameterizedTest
  @MethodSource("examples")
  void anExampleCompiles(Example example, @TempDir Path classes) {
    JavaCompiler compiler = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler());
    StringWriter messages = new StringWriter();
    List<String> options =
        List.of(
            "-proc:none",
            "-d",
            classes.toString(),
            "-classpath",
            System.getProperty("java.class.path"));
    List<JavaFileObject> sources = List.of(new Source(BEFORE + example.code() + "}}"));
    boolean isCompiled = compiler.getTask(messages, null, null, options, null, sources).call();
    assertThat(isCompiled).as(messages.toString()).isTrue();
  }

  private static final class Source extends SimpleJavaFileObject {
    private final String code;

    Source(String code) {
      super(URI.create("string:///Example.java"), Kind.SOURCE);
      this.code = code;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return code;
    }
  }
}
