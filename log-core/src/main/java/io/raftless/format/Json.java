package io.raftless.format;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.Annotated;
import tools.jackson.databind.introspect.AnnotatedMember;
import tools.jackson.databind.introspect.AnnotatedParameter;
import tools.jackson.databind.introspect.JacksonAnnotationIntrospector;
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
          .annotationIntrospector(new CompleteRecords())
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

  /**
   * What is always written must be there when it is read, and must not be null: a component may be
   * missing only if its {@link JsonInclude} says that it may be left out. Otherwise damage would
   * show as a null somewhere, much later.
   */
  private static final class CompleteRecords extends JacksonAnnotationIntrospector {
    private static final long serialVersionUID = 1L;

    private static final JsonSetter.Value NO_NULLS =
        JsonSetter.Value.construct(Nulls.FAIL, Nulls.FAIL);

    private static boolean isRequired(Annotated member) {
      return member instanceof AnnotatedParameter parameter
          && parameter.getDeclaringClass().isRecord()
          && !parameter.hasAnnotation(JsonInclude.class);
    }

    @Override
    public @Nullable Boolean hasRequiredMarker(MapperConfig<?> config, AnnotatedMember member) {
      return isRequired(member) ? Boolean.TRUE : super.hasRequiredMarker(config, member);
    }

    @Override
    public JsonSetter.Value findSetterInfo(MapperConfig<?> config, Annotated member) {
      return isRequired(member) ? NO_NULLS : super.findSetterInfo(config, member);
    }
  }
}
