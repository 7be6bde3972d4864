package io.raftless.id;

import java.util.regex.Pattern;

/** What logs and consumer groups may be called: their names are parts of keys. */
public final class Name {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,199}");

  private Name() {}

  /** Whether it is 1 to 200 letters, digits, '.', '_' or '-', starting with a letter or digit. */
  public static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }

  /**
   * Returns a name.
   *
   * @param what is called so, for the message
   * @throws IllegalArgumentException if it is not a name
   */
  public static String require(String what, String text) {
    if (!isName(text)) {
      throw new IllegalArgumentException(
          what
              + " '"
              + text
              + "': use 1 to 200 letters, digits, '.', '_' or '-', starting with a letter or digit");
    }
    return text;
  }
}
