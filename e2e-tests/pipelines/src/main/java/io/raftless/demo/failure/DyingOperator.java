package io.raftless.demo.failure;

import io.raftless.demo.jvm.JvmReference;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.jspecify.annotations.Nullable;

/**
 * Hands records on and dies on one when the plan says so.
 *
 * @param <T> type of the records
 */
public final class DyingOperator<T> extends RichMapFunction<T, T> {
  private static final long serialVersionUID = 1L;

  private final JvmReference<FailurePlan> reference;
  private transient @Nullable FailurePlan plan;

  public DyingOperator(JvmReference<FailurePlan> plan) {
    this.reference = plan;
  }

  @Override
  public void open(OpenContext context) {
    plan = reference.get();
  }

  @Override
  public T map(T record) {
    FailurePlan current = plan;
    if (current != null && current.strikes(FailureKind.PROCESSING)) {
      throw current.failure("an operator died while it was processing a record");
    }
    return record;
  }
}
