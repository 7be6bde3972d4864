package io.raftless.spec;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What TLC found out about a model. All but {@link Failed} can be expected of a configuration. */
sealed interface TlcVerdict {

  /** Everything that was asked holds in all states. */
  record Holds() implements TlcVerdict {
    @Override
    public String toString() {
      return "holds";
    }
  }

  /**
   * There is a counterexample.
   *
   * @param name of the invariant or property that it violates
   */
  record Violates(String name) implements TlcVerdict {
    @Override
    public String toString() {
      return "violates " + name;
    }
  }

  /** There is a state without a next one, and that was asked. */
  record Deadlock() implements TlcVerdict {
    @Override
    public String toString() {
      return "deadlock";
    }
  }

  /**
   * Nothing was found out.
   *
   * @param why in one line
   */
  record Failed(String why) implements TlcVerdict {
    @Override
    public String toString() {
      return "error: " + why;
    }
  }

  Pattern VIOLATES = Pattern.compile("violates (\\w+)");

  /** What a configuration expects. */
  static TlcVerdict parseExpected(String text) {
    if (text.equals("holds")) {
      return new Holds();
    }
    if (text.equals("deadlock")) {
      return new Deadlock();
    }
    Matcher violates = VIOLATES.matcher(text);
    if (violates.matches()) {
      return new Violates(violates.group(1));
    }
    throw new IllegalArgumentException(
        "what is expected is 'holds', 'violates <name>' or 'deadlock', not '" + text + "'");
  }
}
