package io.raftless.connectjar;

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
import org.apache.kafka.connect.runtime.isolation.PluginClassLoader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class PluginJarContentIT {
  private static final String SERVICES = "META-INF/services/";

  /** Native methods are found by the names of their classes. */
  private static final List<String> NATIVE = List.of("com/github/luben/zstd/", "net/jpountz/");

  private static final Pattern NATIVE_LIBRARY =
      Pattern.compile(
          "(aix|darwin|freebsd|linux|win)/[a-z0-9_]+/libzstd-jni-[0-9.-]+\\.[a-z]+"
              + "|net/jpountz/util/(darwin|linux|windows)/[a-z0-9_]+/liblz4-java\\.[a-z]+");

  /** What is relocated, where it is named as if it were not; texts for people are let through. */
  private static final Pattern NOT_RELOCATED =
      Pattern.compile(
          "(?<!io/raftless/shaded/| )"
              + "(software/amazon/|org/apache/hc/|org/reactivestreams/|tools/jackson/|com/fasterxml/)");

  private static final Pattern DEPENDENCY = Pattern.compile("- (\\S+:\\S+:\\S+)");

  private final PluginJar jar;

  PluginJarContentIT() throws IOException {
    jar = PluginJar.open();
  }

  @AfterEach
  void closeJar() throws IOException {
    jar.close();
  }

  @Test
  void everyClassIsInAPackageOfOursOrOfANativeLibrary() throws IOException {
    System.out.printf(
        "raftless-kafka-connect has %,d bytes in %,d files%n",
        Files.size(PluginJar.path()), jar.files().size());
    assertThat(jar.files())
        .filteredOn(name -> name.endsWith(".class"))
        .hasSizeGreaterThan(3_000)
        .allMatch(
            name -> name.startsWith("io/raftless/") || NATIVE.stream().anyMatch(name::startsWith));
  }

  @Test
  void everyOtherFileIsOneThatWeKnow() {
    assertThat(jar.files())
        .filteredOn(name -> !name.endsWith(".class"))
        .filteredOn(name -> !name.startsWith("io/raftless/"))
        .filteredOn(name -> !name.startsWith(SERVICES))
        .filteredOn(name -> !name.startsWith("META-INF/licenses/"))
        .filteredOn(name -> !NATIVE_LIBRARY.matcher(name).matches())
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
  void theNativeLibrariesAreThereForThePlatformsThatConnectRunsOn() {
    for (String library : List.of("libzstd-jni", "liblz4-java")) {
      assertThat(jar.files())
          .filteredOn(name -> NATIVE_LIBRARY.matcher(name).matches() && name.contains(library))
          .anyMatch(name -> name.contains("linux/amd64/"))
          .anyMatch(name -> name.contains("linux/aarch64/"))
          .anyMatch(name -> name.contains("darwin/aarch64/"));
    }
  }

  @Test
  void theServiceFilesOfConnectNameBothConnectors() throws IOException {
    assertThat(jar.text(SERVICES + "org.apache.kafka.connect.sink.SinkConnector").lines())
        .contains("io.raftless.connect.RaftlessSinkConnector");
    assertThat(jar.text(SERVICES + "org.apache.kafka.connect.source.SourceConnector").lines())
        .contains("io.raftless.connect.RaftlessSourceConnector");
  }

  @Test
  void everyServiceFileNamesAServiceThatCanBeLoaded() throws Exception {
    List<String> services = jar.files(SERVICES);
    assertThat(services)
        .contains(SERVICES + "io.raftless.shaded.software.amazon.awssdk.http.SdkHttpService");
    try (URLClassLoader worker = PluginJar.worker();
        PluginClassLoader isolated = PluginJar.isolated(worker)) {
      for (String file : services) {
        List<String> named =
            jar.text(file)
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .toList();
        Class<?> service = isolated.loadClass(file.substring(SERVICES.length()));
        assertThat(
                ServiceLoader.load(service, isolated).stream()
                    .map(provider -> provider.get().getClass())
                    .filter(type -> type.getClassLoader() == isolated)
                    .map(Class::getName))
            .as(file)
            .containsAll(named);
        assertThat(named).as(file).isNotEmpty().allMatch(name -> name.startsWith("io.raftless."));
      }
    }
  }

  @Test
  void theManifestIsOfNoModuleAndNoPartOfTheJar() throws IOException {
    try (JarFile file = new JarFile(PluginJar.path().toFile())) {
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
    assertThat(notice).startsWith("raftless-kafka-connect");
    assertThat(DEPENDENCY.matcher(notice).results().map(match -> match.group(1)))
        .containsExactlyInAnyOrderElementsOf(PluginJar.bundled());
  }

  @Test
  void theLicencesThatTheNoticeNamesAreThere() throws IOException {
    String notice = jar.text("META-INF/NOTICE");
    List<String> named =
        Pattern.compile("META-INF/[A-Za-z/-]*LICENSE[A-Za-z0-9.-]*")
            .matcher(notice)
            .results()
            .map(match -> match.group().replaceAll("\\.$", ""))
            .distinct()
            .toList();
    assertThat(named).hasSizeGreaterThanOrEqualTo(7);
    assertThat(jar.files()).containsAll(named);
    assertThat(jar.text("META-INF/LICENSE")).contains("Apache License").contains("Version 2.0");
    for (String licence : jar.files("META-INF/licenses/")) {
      assertThat(named).contains(licence);
      assertThat(jar.text(licence)).containsIgnoringCase("Copyright").contains("\"AS IS\"");
    }
  }
}
