package io.raftless.connectjar;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.raftless.embedded.EmbeddedS3Process;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.connect.runtime.isolation.PluginClassLoader;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The jar in Connect's own class loader, whose parent has what a worker has and no more. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class PluginIsolationIT {
  private static final String ZSTD = "com.github.luben.zstd.Zstd";
  private static final String LZ4 = "net.jpountz.lz4.LZ4Factory";
  private static final List<String> EXPECTED =
      IntStream.range(0, 1_000).mapToObj(number -> "record " + number).toList();

  private final EmbeddedS3Process s3 = EmbeddedS3Process.inMemory();
  private final URLClassLoader worker;
  private final PluginClassLoader plugin;

  PluginIsolationIT() throws Exception {
    worker = PluginJar.worker();
    URL jar = PluginJar.path().toUri().toURL();
    URL tests = RoundTrip.class.getProtectionDomain().getCodeSource().getLocation();
    plugin = new PluginClassLoader(jar, new URL[] {jar, tests}, worker);
  }

  @BeforeAll
  void theWorkerHasNothingOfOurs() {
    for (String missing :
        List.of(
            "io.raftless.log.RaftlessLog",
            "software.amazon.awssdk.services.s3.S3Client",
            "tools.jackson.databind.ObjectMapper",
            "org.apache.hc.core5.http.HttpHost",
            "io.raftless.embedded.EmbeddedS3")) {
      assertThatThrownBy(() -> worker.loadClass(missing))
          .isInstanceOf(ClassNotFoundException.class);
    }
  }

  @AfterAll
  void stop() throws Exception {
    plugin.close();
    worker.close();
    s3.close();
  }

  /**
   * The worker compresses, too, and loads the native libraries first: they are there twice then.
   */
  @ParameterizedTest
  @ValueSource(strings = {"NONE", "LZ4", "ZSTD"})
  void aLogIsWrittenAndReadWhileTheWorkerHasNativeLibrariesOfItsOwn(String compression)
      throws Exception {
    useTheNativeLibrariesOf(worker);
    useTheNativeLibrariesOf(plugin);
    for (String both : List.of(ZSTD, LZ4)) {
      assertThat(worker.loadClass(both).getClassLoader()).isSameAs(worker);
      assertThat(plugin.loadClass(both).getClassLoader()).isSameAs(plugin);
    }
    Map<String, String> settings =
        Map.of(
            "endpoint", s3.endpoint().toString(),
            "region", s3.region(),
            "bucket", s3.bucket(),
            "key", s3.accessKeyId(),
            "secret", s3.secretAccessKey());
    Class<?> type = plugin.loadClass(RoundTrip.class.getName());
    assertThat(type).isNotSameAs(RoundTrip.class);
    assertThat(type.getMethod("run", String.class, Map.class).invoke(null, compression, settings))
        .isEqualTo(EXPECTED);
    useTheNativeLibrariesOf(worker);
  }

  @Test
  void theConnectorsAreThePluginsAndTheirInterfacesTheWorkers() throws Exception {
    for (String name :
        List.of(
            "io.raftless.connect.RaftlessSinkConnector",
            "io.raftless.connect.RaftlessSourceConnector")) {
      Class<?> connector = plugin.loadClass(name);
      assertThat(connector.getClassLoader()).isSameAs(plugin);
      Object instance = connector.getDeclaredConstructor().newInstance();
      assertThat(worker.loadClass("org.apache.kafka.connect.connector.Connector"))
          .isSameAs(plugin.loadClass("org.apache.kafka.connect.connector.Connector"))
          .matches(type -> type.isInstance(instance));
      assertThat(connector.getMethod("version").invoke(instance))
          .as("version")
          .asString()
          .isNotBlank()
          .isNotEqualTo("unknown");
      assertThat(Path.of(connector.getProtectionDomain().getCodeSource().getLocation().toURI()))
          .isEqualTo(PluginJar.path());
    }
  }

  /** By the native code: the pure Java that lz4-java falls back to would prove nothing. */
  private static void useTheNativeLibrariesOf(ClassLoader loader) throws Exception {
    byte[] bytes = "compress this, compress this, compress this".getBytes(UTF_8);
    Class<?> zstd = loader.loadClass(ZSTD);
    Object compressed = zstd.getMethod("compress", byte[].class).invoke(null, (Object) bytes);
    assertThat(
            zstd.getMethod("decompress", byte[].class, int.class)
                .invoke(null, compressed, bytes.length))
        .isEqualTo(bytes);
    Class<?> lz4 = loader.loadClass(LZ4);
    Object factory = lz4.getMethod("nativeInstance").invoke(null);
    Object compressor = lz4.getMethod("fastCompressor").invoke(factory);
    Object small =
        compressor
            .getClass()
            .getMethod("compress", byte[].class)
            .invoke(compressor, (Object) bytes);
    assertThat((byte[]) small).hasSizeLessThan(bytes.length);
  }
}
