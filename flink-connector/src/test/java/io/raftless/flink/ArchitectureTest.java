package io.raftless.flink;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.properties.CanBeAnnotated;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.raftless.head.LogSettings;
import io.raftless.head.LogState;
import io.raftless.index.BatchRef;
import io.raftless.maintenance.CompactionOptions;
import io.raftless.maintenance.CompactionReport;
import org.apache.flink.annotation.Internal;
import org.apache.flink.api.common.functions.util.ListCollector;
import org.apache.flink.api.common.typeutils.base.TypeSerializerSingleton;
import org.apache.flink.api.connector.sink2.Committer;
import org.apache.flink.api.connector.source.SupportsSplitReassignmentOnRecovery;
import org.apache.flink.api.dag.Transformation;
import org.apache.flink.connector.base.source.reader.splitreader.SplitsRemoval;
import org.apache.flink.metrics.ThreadSafeSimpleCounter;
import org.apache.flink.streaming.api.transformations.PartitionTransformation;
import org.apache.flink.streaming.api.transformations.WithBoundedness;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.table.catalog.AbstractCatalog;
import org.apache.flink.table.catalog.CatalogDatabaseImpl;
import org.apache.flink.table.catalog.CommonCatalogOptions;
import org.apache.flink.util.ExceptionUtils;

/** What the connector may depend on, and what it must never do. */
@AnalyzeClasses(packages = "io.raftless", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String CONNECTOR = "io.raftless.flink..";

  @ArchTest
  static final ArchRule NO_CYCLES =
      slices().matching("io.raftless.flink.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule THE_SOURCE_KNOWS_NOTHING_OF_THE_SINK =
      noClasses()
          .that()
          .resideInAPackage("io.raftless.flink.source..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.raftless.flink.sink..");

  @ArchTest
  static final ArchRule THE_SINK_KNOWS_NOTHING_OF_THE_SOURCE =
      noClasses()
          .that()
          .resideInAPackage("io.raftless.flink.sink..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.raftless.flink.source..");

  @ArchTest
  static final ArchRule THE_DATA_STREAM_API_STANDS_WITHOUT_THE_TABLE_API =
      noClasses()
          .that()
          .resideInAPackage(CONNECTOR)
          .and()
          .resideOutsideOfPackage("io.raftless.flink.table..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.flink.table..", "io.raftless.flink.table..");

  /** What the public classes of the log take and return. */
  private static final DescribedPredicate<JavaClass> WHAT_THE_LOG_SPEAKS_OF =
      JavaClass.Predicates.belongToAnyOf(
          BatchRef.class,
          LogSettings.class,
          LogState.class,
          CompactionOptions.class,
          CompactionReport.class);

  @ArchTest
  static final ArchRule THE_CONNECTOR_SEES_THE_PUBLIC_PACKAGES_OF_THE_LOG_ONLY =
      classes()
          .that()
          .resideInAPackage(CONNECTOR)
          .should()
          .onlyDependOnClassesThat(
              not(resideInAPackage("io.raftless.."))
                  .or(
                      resideInAnyPackage(
                          CONNECTOR,
                          "io.raftless.log",
                          "io.raftless.store..",
                          "io.raftless.format",
                          "io.raftless.id"))
                  .or(WHAT_THE_LOG_SPEAKS_OF));

  /**
   * There is no other way: to look at the input of a sink, to hear of splits to stop, to be an
   * operator behind a committer, to have a serializer without Kryo, to count in several threads, to
   * collect what a format makes, to be a catalog.
   */
  private static final DescribedPredicate<JavaClass> INTERNAL_AND_NEEDED =
      JavaClass.Predicates.belongToAnyOf(
          Transformation.class,
          WithBoundedness.class,
          PartitionTransformation.class,
          SplitsRemoval.class,
          StreamRecord.class,
          TypeSerializerSingleton.class,
          ThreadSafeSimpleCounter.class,
          ExceptionUtils.class,
          ListCollector.class,
          AbstractCatalog.class,
          CatalogDatabaseImpl.class,
          CommonCatalogOptions.class);

  @ArchTest
  static final ArchRule FLINK_IS_USED_THROUGH_ITS_API =
      noClasses()
          .that()
          .resideInAPackage(CONNECTOR)
          .should()
          .dependOnClassesThat(
              CanBeAnnotated.Predicates.annotatedWith(Internal.class)
                  .<JavaClass>forSubtype()
                  .and(resideInAPackage("org.apache.flink.."))
                  .and(not(INTERNAL_AND_NEEDED))
                  .or(resideInAPackage("org.apache.flink.shaded..")));

  @ArchTest
  static final ArchRule NO_DATA_IS_EVER_DROPPED_BY_A_COMMITTER =
      noClasses()
          .should()
          .callMethod(Committer.CommitRequest.class, "signalFailedWithKnownReason", Throwable.class)
          .because("Flink then drops the data, and the job goes on");

  @ArchTest
  static final ArchRule NO_SPLIT_IS_HANDED_OUT_ANEW_BY_THE_ENUMERATOR_ALONE =
      noClasses()
          .should()
          .beAssignableTo(SupportsSplitReassignmentOnRecovery.class)
          .because(
              "a checkpoint between restore and assignment would hold no splits (FLINK-40469)");
}
