package io.raftless.flink.source;

import org.apache.flink.api.common.eventtime.TimestampAssigner;
import org.apache.flink.api.common.eventtime.TimestampAssignerSupplier;
import org.apache.flink.api.common.eventtime.WatermarkAlignmentParams;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkGeneratorSupplier;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.types.Either;

/** Watermarks by the elements alone: poison records do not move them. */
final class ElementWatermarks<T> implements WatermarkStrategy<Either<T, PoisonRecord>> {
  private static final long serialVersionUID = 1L;

  private final WatermarkStrategy<T> elements;

  ElementWatermarks(WatermarkStrategy<T> elements) {
    this.elements = elements;
  }

  @Override
  public TimestampAssigner<Either<T, PoisonRecord>> createTimestampAssigner(
      TimestampAssignerSupplier.Context context) {
    TimestampAssigner<T> assigner = elements.createTimestampAssigner(context);
    return (element, timestamp) ->
        element.isLeft() ? assigner.extractTimestamp(element.left(), timestamp) : timestamp;
  }

  @Override
  public WatermarkGenerator<Either<T, PoisonRecord>> createWatermarkGenerator(
      WatermarkGeneratorSupplier.Context context) {
    WatermarkGenerator<T> generator = elements.createWatermarkGenerator(context);
    return new WatermarkGenerator<>() {
      @Override
      public void onEvent(Either<T, PoisonRecord> event, long timestamp, WatermarkOutput output) {
        if (event.isLeft()) {
          generator.onEvent(event.left(), timestamp, output);
        }
      }

      @Override
      public void onPeriodicEmit(WatermarkOutput output) {
        generator.onPeriodicEmit(output);
      }
    };
  }

  @Override
  public WatermarkAlignmentParams getAlignmentParameters() {
    return elements.getAlignmentParameters();
  }
}
