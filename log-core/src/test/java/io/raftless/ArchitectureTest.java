package io.raftless;

import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Dependencies point downward: what is below can be read, and tested, without what is above. */
@AnalyzeClasses(packages = "io.raftless", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  @ArchTest
  static final ArchRule LAYERS =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("store")
          .definedBy("io.raftless.store")
          .layer("s3")
          .definedBy("io.raftless.store.s3")
          .layer("format")
          .definedBy("io.raftless.format")
          .layer("id")
          .definedBy("io.raftless.id")
          .layer("runtime")
          .definedBy("io.raftless.runtime")
          .layer("cas")
          .definedBy("io.raftless.cas")
          .layer("index")
          .definedBy("io.raftless.index")
          .layer("head")
          .definedBy("io.raftless.head")
          .layer("cursor")
          .definedBy("io.raftless.cursor")
          .layer("maintenance")
          .definedBy("io.raftless.maintenance")
          .layer("log")
          .definedBy("io.raftless.log")
          .whereLayer("s3")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("log")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("maintenance")
          .mayOnlyBeAccessedByLayers("log")
          .whereLayer("cursor")
          .mayOnlyBeAccessedByLayers("log")
          .whereLayer("head")
          .mayOnlyBeAccessedByLayers("maintenance", "log")
          .whereLayer("index")
          .mayOnlyBeAccessedByLayers("head", "maintenance", "log")
          .whereLayer("cas")
          .mayOnlyBeAccessedByLayers("head", "cursor", "maintenance", "log")
          .whereLayer("runtime")
          .mayOnlyBeAccessedByLayers("cas", "maintenance", "log")
          .whereLayer("id")
          .mayOnlyBeAccessedByLayers(
              "runtime", "cas", "index", "head", "cursor", "maintenance", "log")
          .whereLayer("format")
          .mayOnlyBeAccessedByLayers("index", "head", "cursor", "maintenance", "log")
          .whereLayer("store")
          .mayOnlyBeAccessedByLayers("s3", "cas", "head", "maintenance", "log");

  @ArchTest
  static final ArchRule NO_CYCLES =
      slices().matching("io.raftless.(*)..").should().beFreeOfCycles();
}
