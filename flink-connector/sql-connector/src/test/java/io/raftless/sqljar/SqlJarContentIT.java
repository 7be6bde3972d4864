package io.raftless.sqljar;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.util.List;
import java.util.ServiceLoader;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class SqlJarContentIT {
  private static final String SERVICES = "META-INF/services/";

  /** Its native methods are found by the names of its classes. */
  private static final String ZSTD = "com/github/luben/zstd/";

  private static final Pattern ZSTD_NATIVE =
      Pattern.compile("(aix|darwin|freebsd|linux|win)/[a-z0-9_]+/libzstd-jni-[0-9.-]+\\.[a-z]+");

  /** What is relocated, where it is named as if it were not; texts for people are let through. */
  private static final Pattern NOT_RELOCATED =
      Pattern.compile(
          "(?<!io/raftless/shaded/| )"
              + "(software/amazon/|org/apache/hc/|org/reactivestreams/|tools/jackson/|com/fasterxml/)");

  private static final Pattern DEPENDENCY = Pattern.compile("- (\\S+:\\S+:\\S+)");

  private final SqlJar jar;

  SqlJarContentIT() throws IOException {
    jar = SqlJar.open();
  }

  @AfterEach
  void closeJar() throws IOException {
    jar.close();
  }

  @Test
  void everyClassIsInAPackageOfOursOrOfZstd() throws IOException {
    System.out.printf(
        "flink-sql-connector-raftless has %,d bytes in %,d files%n",
        Files.size(SqlJar.path()), jar.files().size());
    assertThat(jar.files())
        .filteredOn(name -> name.endsWith(".class"))
        .hasSizeGreaterThan(3_000)
        .allMatch(name -> name.startsWith("io/raftless/") || name.startsWith(ZSTD));
  }

  @Test
  void everyOtherFileIsOneThatWeKnow() {
    assertThat(jar.files())
        .filteredOn(name -> !name.endsWith(".class"))
        .filteredOn(name -> !name.startsWith("io/raftless/"))
        .filteredOn(name -> !name.startsWith(SERVICES))
        .filteredOn(name -> !name.startsWith("META-INF/licenses/"))
        .filteredOn(name -> !ZSTD_NATIVE.matcher(name).matches())
        .containsExactlyInAnyOrder(
            "META-INF/MANIFEST.MF",
            "META-INF/LICENSE",
            "META-INF/NOTICE",
            "META-INF/FastDoubleParser-LICENSE",
            "META-INF/FastDoubleParser-ThirdParty-LICENSE",
            "META-INF/Schubfach-LICENSE",
            "org/publicsuffix/list/effective_tld_names.dat");
  }

  @Test
  void noFileIsThereTwice() {
    assertThat(jar.files()).doesNotHaveDuplicates();
  }

  @Test
  void noClassNamesWhatWasRelocated() throws IOException {
    for (String file : jar.files()) {
      if (file.endsWith(".class")) {
        assertThat(NOT_RELOCATED.matcher(new String(jar.bytes(file), ISO_8859_1)).results())
            .as(file)
            .isEmpty();
      }
    }
  }

  @Test
  void theSlf4jOfFlinkIsUsed() throws IOException {
    assertThat(new String(jar.bytes("io/raftless/log/RaftlessLog.class"), ISO_8859_1))
        .doesNotContain("io/raftless/shaded/org/slf4j");
    assertThat(jar.files("io/raftless/shaded/org/slf4j")).isEmpty();
  }

  @Test
  void zstdIsThereForThePlatformsThatFlinkRunsOn() {
    assertThat(jar.files())
        .filteredOn(name -> ZSTD_NATIVE.matcher(name).matches())
        .anyMatch(name -> name.startsWith("linux/amd64/"))
        .anyMatch(name -> name.startsWith("linux/aarch64/"))
        .anyMatch(name -> name.startsWith("darwin/aarch64/"));
  }

  @Test
  void everyServiceFileNamesAServiceThatCanBeLoaded() throws Exception {
    List<String> services = jar.files(SERVICES);
    assertThat(services)
        .contains(SERVICES + "io.raftless.shaded.software.amazon.awssdk.http.SdkHttpService");
    try (URLClassLoader alone = SqlJar.alone(List.of())) {
      for (String file : services) {
        List<String> named =
            jar.text(file)
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .toList();
        Class<?> service = alone.loadClass(file.substring(SERVICES.length()));
        assertThat(
                ServiceLoader.load(service, alone).stream()
                    .map(provider -> provider.get().getClass())
                    .filter(type -> type.getClassLoader() == alone)
                    .map(Class::getName))
            .as(file)
            .containsAll(named);
        assertThat(named).as(file).isNotEmpty().allMatch(name -> name.startsWith("io.raftless."));
      }
    }
  }

  @Test
  void theManifestIsOfNoModuleAndNoPartOfTheJar() throws IOException {
    try (JarFile file = new JarFile(SqlJar.path().toFile())) {
      Attributes manifest = file.getManifest().getMainAttributes();
      assertThat(manifest.getValue("Bundle-SymbolicName")).isNull();
      assertThat(manifest.getValue("Multi-Release")).isNull();
      assertThat(manifest.getValue("Automatic-Module-Name")).isNull();
      assertThat(file.getManifest().getEntries()).isEmpty();
    }
  }

  @Test
  void theNoticeNamesExactlyWhatIsBundled() throws IOException {
    String notice = jar.text("META-INF/NOTICE");
    assertThat(notice).startsWith("flink-sql-connector-raftless");
    assertThat(DEPENDENCY.matcher(notice).results().map(match -> match.group(1)))
        .containsExactlyInAnyOrderElementsOf(SqlJar.bundled());
  }

  @Test
  void theLicencesThatTheNoticeNamesAreThere() throws IOException {
    String notice = jar.text("META-INF/NOTICE");
    List<String> named =
        Pattern.compile("META-INF/[A-Za-z/-]*LICENSE[A-Za-z.-]*")
            .matcher(notice)
            .results()
            .map(match -> match.group().replaceAll("\\.$", ""))
            .distinct()
            .toList();
    assertThat(named).hasSizeGreaterThanOrEqualTo(6);
    assertThat(jar.files()).containsAll(named);
    assertThat(jar.text("META-INF/LICENSE")).contains("Apache License").contains("Version 2.0");
    for (String licence : jar.files("META-INF/licenses/")) {
      assertThat(named).contains(licence);
      assertThat(jar.text(licence)).containsIgnoringCase("Copyright").contains("\"AS IS\"");
    }
  }
}
