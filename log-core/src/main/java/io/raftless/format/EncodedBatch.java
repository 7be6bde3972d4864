package io.raftless.format;

import java.nio.ByteBuffer;

/**
 * A batch block, ready to be put into an object.
 *
 * @param block the whole block, position 0 to limit
 * @param count records in it
 * @param maxTimestamp the largest of their timestamps
 * @param crc CRC32C of the canonical uncompressed records
 */
public record EncodedBatch(ByteBuffer block, int count, long maxTimestamp, int crc) {}
