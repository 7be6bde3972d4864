package io.raftless.flink.table;

import io.raftless.flink.sink.RaftlessPartitioner;
import io.raftless.flink.sink.RaftlessSerializer;
import io.raftless.flink.sink.RaftlessSink;
import io.raftless.flink.sink.RaftlessSinkBuilder;
import io.raftless.log.StagerOptions;
import io.raftless.log.WriterOptions;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.table.data.RowData;

/** Makes the sink of a table: a new submission each time. */
final class SinkAssembly {
  private SinkAssembly() {}

  static Sink<RowData> assemble(
      SinkTableSettings settings,
      RaftlessSerializer<RowData> serializer,
      RaftlessPartitioner<RowData> partitioner) {
    RaftlessSinkBuilder<RowData> builder =
        RaftlessSink.<RowData>builder()
            .setStore(settings.store())
            .setLog(settings.log())
            .setSerializer(serializer)
            .setPartitioner(partitioner)
            .setDeliveryGuarantee(settings.guarantee());
    if (settings.guarantee() == DeliveryGuarantee.EXACTLY_ONCE) {
      builder
          .setStagerOptions(
              StagerOptions.defaults()
                  .withObjectBytes(settings.objectBytes())
                  .withCompression(settings.compression()))
          .setOnRewind(settings.onRewind())
          .setCompactAfterCommit(settings.compactAfterCommit());
    } else {
      long memory =
          Math.max(WriterOptions.defaults().maxBytesInMemory(), 4L * settings.objectBytes());
      builder.setWriterOptions(
          WriterOptions.defaults()
              .withMaxBytesInMemory(memory)
              .withObjectBytes(settings.objectBytes())
              .withCompression(settings.compression()));
    }
    if (settings.sinkId() != null) {
      builder.setSinkId(settings.sinkId());
    }
    if (settings.createPartitions() != null) {
      builder.setCreateLogWithPartitions(settings.createPartitions());
    }
    return builder.build();
  }
}
