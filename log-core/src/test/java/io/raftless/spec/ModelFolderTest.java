package io.raftless.spec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No file of a folder of models is passed over. */
class ModelFolderTest {
  private static final String CONFIGURATION =
      """
      \\* size: small
      \\* expect: holds
      \\* about: a test
      SPECIFICATION Spec
      INVARIANT Fine
      """;

  @TempDir private Path path = Path.of("");

  private void write(String name, String text) throws IOException {
    Files.writeString(path.resolve(name), text);
  }

  private List<String> problems() throws IOException {
    return ModelFolder.read(path).problems();
  }

  @Test
  void configurationsAreFoundByTheirEnding() throws IOException {
    write("Model.tla", "---- MODULE Model ----");
    write("Model.cfg", CONFIGURATION);
    write("Model-other.cfg", CONFIGURATION);
    write("README.md", "");
    Files.createDirectory(path.resolve("states"));
    assertThat(ModelFolder.read(path).configurations())
        .extracting(ModelConfiguration::name)
        .containsExactly("Model-other", "Model");
    assertThat(problems()).isEmpty();
  }

  @Test
  void aConfigurationWithoutHeaderIsAProblem() throws IOException {
    write("Model.tla", "---- MODULE Model ----");
    write("Model.cfg", CONFIGURATION);
    write("Model-bare.cfg", "SPECIFICATION Spec\n");
    assertThat(problems())
        .singleElement()
        .asString()
        .startsWith("Model-bare.cfg: the comments at the top do not say 'size'");
  }

  @Test
  void aConfigurationWithoutModuleIsAProblem() throws IOException {
    write("Model-a.cfg", CONFIGURATION);
    assertThat(ModelFolder.read(path).configurations()).isEmpty();
    assertThat(problems()).containsExactly("Model-a.cfg: no module Model");
  }

  @Test
  void aModuleThatIsNotCheckedIsAProblem() throws IOException {
    write("Model.tla", "---- MODULE Model ----\nEXTENDS Naturals");
    write("Model.cfg", CONFIGURATION);
    write("Forgotten.tla", "---- MODULE Forgotten ----\nEXTENDS Model");
    assertThat(problems()).containsExactly("Forgotten.tla: no configuration checks it");
  }

  @Test
  void aModuleIsCheckedAsAPartOfAnother() throws IOException {
    write("Model.tla", "---- MODULE Model ----\nEXTENDS Naturals, Part ,\n  Other");
    write("Model.cfg", CONFIGURATION);
    write("Part.tla", "---- MODULE Part ----\nP == INSTANCE Instance WITH x <- 1");
    write("Other.tla", "---- MODULE Other ----\nEXTENDS Part");
    write("Instance.tla", "---- MODULE Instance ----");
    assertThat(problems()).isEmpty();
  }
}
