package io.raftless.log;

import io.raftless.id.Name;
import java.io.Serializable;
import java.util.regex.Pattern;

/**
 * Where a log lives in a bucket.
 *
 * @param prefix of keys, without leading or trailing slash; may be empty
 * @param name of the log: 1 to 200 letters, digits, dots, underscores and hyphens, starting with a
 *     letter or digit
 */
public record LogId(String prefix, String name) implements Serializable {
  private static final Pattern PREFIX = Pattern.compile("|[A-Za-z0-9._=-]+(/[A-Za-z0-9._=-]+)*");

  public LogId {
    Name.require("log name", name);
    if (!PREFIX.matcher(prefix).matches()) {
      throw new IllegalArgumentException(
          "key prefix '"
              + prefix
              + "': use letters, digits, '.', '_', '=' or '-', with single slashes between parts and"
              + " none at either end");
    }
  }

  /** A log directly below {@code prefix}; pass "" for the root of the bucket. */
  public static LogId of(String prefix, String name) {
    return new LogId(prefix, name);
  }

  /** The key below which everything of the log is, with a trailing slash. */
  String root() {
    return prefix.isEmpty() ? name + "/" : prefix + "/" + name + "/";
  }

  @Override
  public String toString() {
    return prefix.isEmpty() ? name : prefix + "/" + name;
  }
}
