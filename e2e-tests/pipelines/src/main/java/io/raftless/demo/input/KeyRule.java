package io.raftless.demo.input;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.json.JsonMapper;

/**
 * Which key a line has. If it is a JSON object with the field, and the field is a string, a number
 * or a boolean: the text of that. Any other line is its own key.
 *
 * @param field name of the field
 */
public record KeyRule(String field) implements Serializable {

  /** The key of a line. */
  public byte[] keyOf(byte[] line) {
    String text = looksLikeObject(line) ? textOfField(line) : null;
    return text == null ? line : text.getBytes(StandardCharsets.UTF_8);
  }

  /** Spares plain text the cost of an exception per line. */
  private static boolean looksLikeObject(byte[] line) {
    for (byte b : line) {
      if (b != ' ' && b != '\t') {
        return b == '{';
      }
    }
    return false;
  }

  private @Nullable String textOfField(byte[] line) {
    String text = null;
    try (JsonParser json = JsonMapper.shared().createParser(line)) {
      json.nextToken();
      while (json.nextToken() == JsonToken.PROPERTY_NAME) {
        boolean wanted = json.currentName().equals(field);
        JsonToken value = json.nextToken();
        if (wanted) {
          text = value.isScalarValue() && value != JsonToken.VALUE_NULL ? json.getString() : null;
        }
        json.skipChildren();
      }
      return json.nextToken() == null ? text : null;
    } catch (JacksonException e) {
      return null;
    }
  }
}
