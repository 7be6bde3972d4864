package io.raftless.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CleanupTest {

  @Test
  void theLatestIsClosedFirstAndTroubleWithOneSparesNone() {
    List<String> closed = new ArrayList<>();
    try (Cleanup cleanup = new Cleanup()) {
      cleanup.add(() -> closed.add("first"));
      cleanup.add(
          () -> {
            throw new IllegalStateException("cannot be closed");
          });
      cleanup.add(() -> closed.add("last"));
      assertThat(closed).isEmpty();
    }
    assertThat(closed).containsExactly("last", "first");
  }

  @Test
  void aTemporaryFolderGoesWithEverythingInIt() throws Exception {
    Path path;
    try (TemporaryFolder folder = TemporaryFolder.create()) {
      path = folder.path();
      Files.writeString(Files.createDirectories(path.resolve("a/b")).resolve("c"), "d");
    }
    assertThat(path).doesNotExist();
  }
}
