package io.raftless.format;

import java.nio.ByteBuffer;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Metadata as JSON, so that people can read it with any S3 tool. Every structure has a number
 * {@code format}, which is looked at before anything else: what a newer version added must give a
 * clear message and not a parser's.
 */
public final class Json {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  private Json() {}

  /** Writes a record. */
  public static ByteBuffer encode(Object value) {
    return ByteBuffer.wrap(MAPPER.writeValueAsBytes(value));
  }

  /**
   * Reads a record.
   *
   * @param what for messages
   * @param newest the newest format version that the type knows
   * @throws FormatException if the bytes are damaged or of a newer version
   */
  public static <T> T decode(ByteBuffer body, Class<T> type, String what, int newest) {
    byte[] bytes = new byte[body.remaining()];
    body.duplicate().get(bytes);
    try {
      JsonNode tree = MAPPER.readTree(bytes);
      FormatException.requireKnown(what, tree.path("format").asInt(0), newest);
      return MAPPER.treeToValue(tree, type);
    } catch (JacksonException e) {
      throw new FormatException("the " + what + " cannot be read: " + e.getOriginalMessage(), e);
    }
  }
}
