package io.raftless.sim.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Small histories of each kind, right and wrong; trying every order says the same of each. */
class LogCheckerTest {
  private static final long BUDGET = 10_000;
  private static final Answer UNKNOWN = new Answer.Unknown();
  private static final Answer FAILED = new Answer.Failed();

  private final History history = new History();
  private @Nullable Verdict verdict;

  /** Makes a call between two moments. */
  private void call(String client, long from, long to, Call call, Answer answer) {
    history.answer(history.invoke(client, from, call), to, answer);
  }

  private static Call.Append append(String batch) {
    return new Call.Append(batch, List.of(batch));
  }

  private static Call.Append appendAt(long expected, String batch) {
    return new Call.Append(batch, List.of(batch), expected, null, null);
  }

  private static Call.Append appendAs(String writer, long epoch, String batch) {
    return new Call.Append(batch, List.of(batch), null, writer, epoch);
  }

  private static Answer at(long base) {
    return new Answer.Appended(base);
  }

  private static Answer records(long base, String... records) {
    return new Answer.Records(base, List.of(records));
  }

  private static Answer offset(long offset) {
    return new Answer.Offset(offset);
  }

  private static Answer generation(long generation) {
    return new Answer.Generation(generation);
  }

  private static Answer refused(Reason reason) {
    return new Answer.Rejected(reason);
  }

  private static Call.Read read(long from) {
    return new Call.Read(from);
  }

  private static Call.Read freshRead(long from) {
    return new Call.Read(from, true);
  }

  private static History.Piece piece(String batch) {
    return new History.Piece(batch, 1);
  }

  private void fits() {
    Verdict found = LogChecker.check(history, BUDGET);
    verdict = found;
    assertThat(found).as("%s", found).isInstanceOf(Verdict.Linearizable.class);
    assertThat(new ReferenceChecker(history).isWitness(((Verdict.Linearizable) found).witness()))
        .isTrue();
  }

  private String doesNotFit() {
    Verdict found = LogChecker.check(history, BUDGET);
    verdict = found;
    assertThat(found).as("%s", found).isInstanceOf(Verdict.NotLinearizable.class);
    return ((Verdict.NotLinearizable) found).explanation();
  }

  @AfterEach
  void tryingEveryOrderSaysTheSame() {
    if (verdict != null) {
      assertThat(new ReferenceChecker(history).isLinearizable())
          .isEqualTo(verdict instanceof Verdict.Linearizable);
    }
  }

  // ---- appends

  @Test
  void nothingFits() {
    fits();
  }

  @Test
  void appendsThatOverlapMayComeInAnyOrder() {
    call("p", 1, 10, append("a"), at(1));
    call("q", 2, 9, append("b"), at(0));
    fits();
  }

  @Test
  void appendsOneAfterTheOtherMayNot() {
    call("p", 1, 2, append("a"), at(1));
    call("q", 3, 4, append("b"), at(0));
    assertThat(doesNotFit()).contains("Append[batch=a").contains("it must be at 1");
  }

  @Test
  void anAcknowledgedAppendThatIsNotThereIsALoss() {
    call("p", 1, 2, append("a"), at(0));
    call("q", 3, 4, append("b"), at(0));
    assertThat(doesNotFit()).contains("two batches at offset 0");
  }

  @Test
  void anAcknowledgedAppendThatIsNotThereAtTheEndIsALoss() {
    call("p", 1, 2, append("a"), at(0));
    call("p", 3, 4, append("b"), at(1));
    history.finalLog(0, List.of(piece("a")));
    assertThat(doesNotFit()).contains("the log ends at 1 at last");
  }

  @Test
  void aBatchMayBeAppendedByManyAndIsThereOnce() {
    call("p", 1, 2, append("a"), at(0));
    call("q", 3, 4, append("a"), at(0));
    call("r", 1, 9, append("a"), UNKNOWN);
    call("q", 5, 6, append("b"), at(1));
    fits();
  }

  @Test
  void aBatchThatIsThereTwiceIsADuplicate() {
    call("p", 1, 2, append("a"), at(0));
    call("q", 3, 4, append("a"), at(1));
    assertThat(doesNotFit()).contains("batch a is in two places");
  }

  @Test
  void aBatchThatIsReadTwiceIsADuplicate() {
    call("p", 1, 2, append("a"), UNKNOWN);
    call("r", 3, 4, freshRead(0), records(0, "a", "a"));
    doesNotFit();
  }

  @Test
  void aBatchThatIsThereTwiceAtTheEndIsADuplicate() {
    call("p", 1, 2, append("a"), at(0));
    call("p", 3, 4, append("b"), at(1));
    history.finalLog(0, List.of(piece("a"), piece("b"), piece("a")));
    doesNotFit();
  }

  @Test
  void oneWritersAppendsMayNotChangePlaces() {
    call("p", 1, 10, append("a"), at(1));
    call("p", 2, 9, append("b"), at(0));
    assertThat(doesNotFit()).contains("of the same client");
  }

  @Test
  void anOffsetThatLeavesAGapNeedsSomethingInTheGap() {
    call("p", 1, 2, append("a"), at(0));
    call("q", 3, 4, append("b"), at(2));
    call("r", 9, 9, append("c"), UNKNOWN);
    doesNotFit();
  }

  @Test
  void anUnknownAppendMayFillAGap() {
    call("r", 1, 2, append("c"), UNKNOWN);
    call("p", 1, 2, append("a"), at(0));
    call("q", 3, 4, append("b"), at(2));
    fits();
  }

  // ---- unknown and failed

  @Test
  void anUnknownAppendMayLandLongAfterItsAnswer() {
    call("p", 1, 2, append("a"), UNKNOWN);
    call("q", 3, 4, new Call.Tail(), offset(0));
    call("q", 5, 6, append("b"), at(0));
    call("r", 7, 8, freshRead(0), records(0, "b", "a"));
    fits();
  }

  @Test
  void anUnknownAppendMayNeverLand() {
    call("p", 1, 2, append("a"), UNKNOWN);
    history.invoke("q", 1, append("b"));
    call("r", 7, 8, freshRead(0), records(0));
    history.finalLog(0, List.of());
    fits();
  }

  @Test
  void whatLandedDoesNotGoAway() {
    call("p", 1, 2, append("a"), UNKNOWN);
    call("r", 3, 4, freshRead(0), records(0, "a"));
    call("s", 5, 6, freshRead(0), records(0));
    doesNotFit();
  }

  @Test
  void anAppendOfACrashedClientMayBeSeenOnlyAfterItWasMade() {
    call("r", 1, 2, freshRead(0), records(0, "a"));
    history.invoke("p", 3, append("a"));
    doesNotFit();
  }

  @Test
  void aFailedAppendIsNeverSeen() {
    call("p", 1, 2, append("a"), FAILED);
    call("r", 3, 4, read(0), records(0, "a"));
    doesNotFit();
  }

  @Test
  void aBatchThatFailedOnceMayBeAppendedByAnother() {
    call("p", 1, 2, append("a"), FAILED);
    call("q", 1, 4, append("a"), at(0));
    call("r", 3, 4, read(0), records(0, "a"));
    fits();
  }

  @Test
  void anExpiredBatchMayBeThereButNotLandAfterTheAnswer() {
    call("p", 3, 4, append("a"), refused(Reason.EXPIRED));
    call("r", 5, 6, freshRead(0), records(0, "a"));
    fits();
    call("q", 1, 2, freshRead(0), records(0));
    fits();
    call("q", 5, 6, freshRead(0), records(0));
    doesNotFit();
  }

  @Test
  void whatWasPoisonedNeedsAnEarlierFailure() {
    call("p", 1, 2, append("a"), at(0));
    call("p", 3, 4, append("b"), refused(Reason.EARLIER_FAILED));
    assertThat(doesNotFit()).contains("no earlier append");
  }

  @Test
  void whatWasPoisonedIsNeverSeen() {
    call("p", 1, 9, append("a"), UNKNOWN);
    call("p", 3, 4, append("b"), refused(Reason.EARLIER_FAILED));
    fits();
    call("r", 5, 6, read(0), records(0, "b"));
    doesNotFit();
  }

  // ---- conditions

  @Test
  void anExpectedOffsetMustBeTheNextOne() {
    call("p", 1, 2, appendAt(0, "a"), at(0));
    call("p", 3, 4, appendAt(0, "b"), refused(Reason.WRONG_OFFSET));
    call("p", 5, 6, appendAt(0, "a"), at(0));
    fits();
    call("p", 7, 8, appendAt(0, "c"), at(1));
    doesNotFit();
  }

  @Test
  void aWrongOffsetNeedsAnotherNextOffset() {
    call("p", 1, 2, append("a"), at(0));
    call("p", 3, 4, appendAt(1, "b"), refused(Reason.WRONG_OFFSET));
    assertThat(doesNotFit()).contains("the next offset is the expected one");
  }

  @Test
  void anUnknownAppendMayExplainAWrongOffset() {
    call("p", 1, 2, append("a"), UNKNOWN);
    call("q", 3, 4, appendAt(0, "b"), refused(Reason.WRONG_OFFSET));
    fits();
    call("q", 5, 6, append("c"), at(0));
    doesNotFit();
  }

  @Test
  void whoIsRefusedMayNotBeInTheLog() {
    call("p", 1, 2, append("a"), at(0));
    call("q", 3, 4, new Call.Fence(), generation(1));
    call("p", 5, 6, append("a"), refused(Reason.LOG_FENCED));
    assertThat(doesNotFit()).contains("its batch is in the log");
  }

  // ---- reads

  @Test
  void aReaderMayBeBehind() {
    call("p", 1, 2, append("a"), at(0));
    call("r", 3, 4, read(0), records(0));
    call("r", 5, 6, read(0), records(0, "a"));
    fits();
  }

  @Test
  void aReaderMayNotGoBack() {
    call("p", 1, 2, append("a"), at(0));
    call("r", 3, 4, read(0), records(0, "a"));
    call("r", 5, 6, read(0), records(0));
    doesNotFit();
  }

  @Test
  void aReaderMayNotKnowTheFuture() {
    call("r", 1, 2, read(0), records(0, "a"));
    call("p", 3, 4, append("a"), at(0));
    doesNotFit();
  }

  @Test
  void aFreshReadMayNotBeBehind() {
    call("p", 1, 2, append("a"), at(0));
    call("p", 3, 4, append("b"), at(1));
    call("r", 5, 6, freshRead(0), records(0, "a"));
    doesNotFit();
  }

  @Test
  void twoReadersSeeTheSame() {
    call("p", 1, 9, append("a"), UNKNOWN);
    call("q", 1, 9, append("b"), UNKNOWN);
    call("r", 3, 4, read(0), records(0, "a"));
    call("s", 3, 4, read(0), records(0, "b"));
    assertThat(doesNotFit()).contains("two readers saw other records at offset 0");
  }

  @Test
  void aReaderSeesWholeRunsInTheOrderOfTheLog() {
    call("p", 1, 2, new Call.Append("a", List.of("a0", "a1")), at(0));
    call("p", 3, 4, append("b"), at(2));
    call("r", 5, 6, read(1), records(1, "a1", "b"));
    fits();
    call("r", 7, 8, read(0), records(0, "a1", "a0"));
    doesNotFit();
  }

  @Test
  void recordsThatNobodyAppendedAreNotThere() {
    call("p", 1, 2, append("a"), at(0));
    call("r", 3, 4, read(0), records(0, "x"));
    assertThat(doesNotFit()).contains("nobody tried to append 'x'");
  }

  @Test
  void theTailNeverGoesBack() {
    call("p", 1, 9, append("a"), at(0));
    call("q", 2, 3, new Call.Tail(), offset(1));
    fits();
    call("q", 4, 5, new Call.Tail(), offset(0));
    assertThat(doesNotFit()).contains("never again will be");
  }

  // ---- fences

  @Test
  void nothingIsAppendedAfterAFenceReturned() {
    call("f", 1, 2, new Call.Fence(), generation(1));
    call("p", 3, 4, append("a"), at(0));
    assertThat(doesNotFit()).contains("the log is fenced");
  }

  @Test
  void anAppendThatOverlapsWithAFenceMayComeFirst() {
    call("f", 1, 4, new Call.Fence(), generation(1));
    call("p", 3, 6, append("a"), at(0));
    call("q", 5, 7, append("b"), refused(Reason.LOG_FENCED));
    fits();
  }

  @Test
  void aLateAppendThatLandsAfterAFenceIsSeen() {
    call("p", 1, 2, append("a"), UNKNOWN);
    call("f", 3, 4, new Call.Fence(), generation(1));
    call("q", 5, 6, new Call.Tail(), offset(0));
    call("q", 7, 8, new Call.Tail(), offset(1));
    doesNotFit();
  }

  @Test
  void aLateAppendMayLandAfterAnUnfence() {
    call("p", 1, 2, append("a"), UNKNOWN);
    call("f", 3, 4, new Call.Fence(), generation(1));
    call("q", 5, 6, new Call.Tail(), offset(0));
    call("f", 7, 8, new Call.Unfence(1), generation(2));
    call("q", 9, 10, new Call.Tail(), offset(1));
    fits();
  }

  @Test
  void whoIsRefusedAsFencedNeedsAFence() {
    call("p", 1, 2, append("a"), refused(Reason.LOG_FENCED));
    call("f", 3, 4, new Call.Fence(), generation(1));
    assertThat(doesNotFit()).contains("no reason to refuse it");
  }

  @Test
  void anUnknownFenceMayExplainARefusal() {
    history.invoke("f", 1, new Call.Fence());
    call("p", 2, 3, append("a"), refused(Reason.LOG_FENCED));
    fits();
    call("p", 4, 5, append("b"), at(0));
    doesNotFit();
  }

  @Test
  void twoFencesDoNotShareAGeneration() {
    call("f", 1, 9, new Call.Fence(), generation(1));
    call("g", 1, 9, new Call.Fence(), generation(1));
    doesNotFit();
  }

  @Test
  void anUnfenceLeavesTheNextFenceAlone() {
    call("f", 1, 2, new Call.Fence(), generation(1));
    call("g", 3, 4, new Call.Fence(), generation(2));
    call("f", 5, 6, new Call.Unfence(1), refused(Reason.OTHER_GENERATION));
    call("p", 7, 8, append("a"), refused(Reason.LOG_FENCED));
    fits();
    call("f", 9, 10, new Call.Unfence(1), generation(2));
    doesNotFit();
  }

  @Test
  void anUnfenceMayNotBeRefusedWithoutCause() {
    call("f", 1, 2, new Call.Fence(), generation(1));
    call("f", 3, 4, new Call.Unfence(1), refused(Reason.OTHER_GENERATION));
    doesNotFit();
  }

  // ---- writer ids

  @Test
  void anOldHolderDoesNotCommitAfterTheNewOneAcquired() {
    call("p", 1, 2, new Call.Acquire("w", "old"), new Answer.Epoch(3));
    call("p", 3, 4, appendAs("w", 3, "a"), at(0));
    call("q", 5, 6, new Call.Acquire("w", "new"), new Answer.Epoch(5));
    call("p", 7, 8, appendAs("w", 3, "b"), refused(Reason.WRITER_FENCED));
    call("p", 9, 9, appendAs("w", 3, "a"), at(0));
    fits();
    call("p", 10, 11, appendAs("w", 3, "c"), at(1));
    assertThat(doesNotFit()).contains("its epoch is not the current one");
  }

  @Test
  void aLateAppendOfAnOldHolderIsSeen() {
    call("p", 1, 2, new Call.Acquire("w", "old"), new Answer.Epoch(3));
    call("p", 3, 4, appendAs("w", 3, "a"), UNKNOWN);
    call("q", 5, 6, new Call.Acquire("w", "new"), new Answer.Epoch(5));
    call("q", 7, 8, appendAs("w", 5, "b"), at(0));
    call("r", 9, 10, freshRead(0), records(0, "b", "a"));
    doesNotFit();
  }

  @Test
  void aHolderThatAcquiresAgainKeepsItsEpoch() {
    call("p", 1, 2, new Call.Acquire("w", "h"), new Answer.Epoch(3));
    call("q", 3, 4, new Call.Acquire("w", "h"), new Answer.Epoch(3));
    fits();
    call("q", 5, 6, new Call.Acquire("w", "h"), new Answer.Epoch(5));
    doesNotFit();
  }

  @Test
  void anEpochDoesNotComeBack() {
    call("p", 1, 2, new Call.Acquire("w", "h"), new Answer.Epoch(3));
    call("q", 3, 4, new Call.Acquire("w", "g"), new Answer.Epoch(3));
    doesNotFit();
  }

  @Test
  void aSupersededHolderDoesNotComeBack() {
    call("p", 1, 2, new Call.Acquire("w", "h"), new Answer.Epoch(3));
    call("q", 3, 4, new Call.Acquire("w", "g"), new Answer.Epoch(4));
    call("p", 5, 6, new Call.Acquire("w", "h"), refused(Reason.WRITER_FENCED));
    fits();
    call("p", 7, 8, new Call.Acquire("w", "h"), new Answer.Epoch(5));
    doesNotFit();
  }

  @Test
  void anUnknownAcquireMayFenceOff() {
    call("p", 1, 2, new Call.Acquire("w", "h"), new Answer.Epoch(3));
    history.invoke("q", 3, new Call.Acquire("w", "g"));
    call("p", 4, 5, appendAs("w", 3, "a"), at(0));
    call("p", 6, 7, appendAs("w", 3, "b"), refused(Reason.WRITER_FENCED));
    call("q2", 8, 9, new Call.Acquire("w", "g"), new Answer.Epoch(4));
    call("q2", 10, 11, appendAs("w", 4, "c"), at(1));
    fits();
    call("p", 12, 13, appendAs("w", 3, "d"), at(2));
    doesNotFit();
  }

  @Test
  void whoIsFencedOffNeedsAnotherHolder() {
    call("p", 1, 2, new Call.Acquire("w", "h"), new Answer.Epoch(3));
    call("p", 3, 4, appendAs("w", 3, "a"), refused(Reason.WRITER_FENCED));
    assertThat(doesNotFit()).contains("writer id w is held by h with epoch 3");
  }

  @Test
  void anUnknownWriterIsOneThatNobodyAcquired() {
    call("p", 1, 2, appendAs("w", 3, "a"), refused(Reason.UNKNOWN_WRITER));
    fits();
    call("p", 3, 4, new Call.Acquire("w", "h"), new Answer.Epoch(3));
    call("p", 5, 6, appendAs("w", 3, "b"), refused(Reason.UNKNOWN_WRITER));
    doesNotFit();
  }

  // ---- trim

  @Test
  void whatIsTrimmedIsSkippedOrRefused() {
    call("p", 1, 2, append("a"), at(0));
    call("p", 3, 4, append("b"), at(1));
    call("t", 5, 6, new Call.Trim(1), offset(1));
    call("r", 7, 8, read(0), records(1, "b"));
    call("s", 7, 8, freshRead(0), refused(Reason.TRIMMED));
    call("t", 9, 10, new Call.Start(), offset(1));
    call("t", 11, 12, new Call.Trim(3), refused(Reason.WRONG_OFFSET));
    history.finalLog(1, 0, List.of(piece("a"), piece("b")));
    fits();
  }

  @Test
  void aReaderThatIsBehindMayStillSeeWhatIsTrimmed() {
    call("p", 1, 2, append("a"), at(0));
    call("t", 3, 4, new Call.Trim(1), offset(1));
    call("r", 5, 6, read(0), records(0, "a"));
    fits();
    call("s", 7, 8, freshRead(0), records(0, "a"));
    assertThat(doesNotFit()).contains("which the reader must know to be trimmed");
  }

  @Test
  void whatAReaderMissedAsTrimmedDoesNotReturnForIt() {
    call("p", 1, 2, append("a"), at(0));
    call("p", 3, 4, append("b"), at(1));
    call("t", 5, 6, new Call.Trim(1), offset(1));
    call("r", 7, 8, read(0), records(1, "b"));
    call("r", 9, 10, read(0), records(0, "a"));
    doesNotFit();
  }

  @Test
  void nothingIsTrimmedByNobody() {
    call("p", 1, 2, append("a"), at(0));
    call("p", 3, 4, append("b"), at(1));
    call("r", 5, 6, read(0), records(1, "b"));
    doesNotFit();
  }

  @Test
  void anUnknownTrimMayHaveBeenDone() {
    call("p", 1, 2, append("a"), at(0));
    call("t", 3, 4, new Call.Trim(1), UNKNOWN);
    call("r", 5, 6, read(0), refused(Reason.TRIMMED));
    fits();
    call("t", 7, 8, new Call.Start(), offset(0));
    doesNotFit();
  }

  // ---- the checker itself

  @Test
  void itGivesUpWhenItsStepsAreUsedUp() {
    for (int i = 0; i < 12; i++) {
      history.invoke("p" + i, 0, append("b" + i));
    }
    call("q", 1, 2, new Call.Tail(), offset(6));
    call("q", 3, 4, append("c"), refused(Reason.LOG_FENCED));
    assertThat(LogChecker.check(history, 100)).isEqualTo(new Verdict.Undecided(100));
    assertThat(LogChecker.check(history, 100 * BUDGET)).isInstanceOf(Verdict.NotLinearizable.class);
  }

  @Test
  void anExplanationTellsTheLogAndWhatCannotBeNext() {
    call("p", 1, 2, new Call.Acquire("w", "h"), new Answer.Epoch(3));
    call("p", 3, 4, appendAs("w", 3, "a"), at(0));
    call("f", 5, 6, new Call.Fence(), generation(1));
    call("p", 7, 8, appendAs("w", 3, "b"), at(1));
    assertThat(doesNotFit())
        .contains("=> offsets 0 to 0: [a]")
        .contains("next offset 1, start 0, fenced, generation 1")
        .contains("writer id w is held by h with epoch 3")
        .contains("#3 p Append[batch=b")
        .contains("the log is fenced");
    assertThat(((Verdict.NotLinearizable) LogChecker.check(history, BUDGET)).prefix())
        .isEqualTo(List.of(0, 1, 2));
  }

  @Test
  void answersMustBeAnswersToTheCall() {
    for (Answer answer : List.of(offset(0), records(0), refused(Reason.TRIMMED))) {
      int operation = history.invoke("p", 1, append("a"));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> history.answer(operation, 2, answer))
          .withMessageContaining("is no answer to");
    }
  }
}
