package io.raftless.sim.mutation;

import java.util.List;
import java.util.Set;

/**
 * A bug to be put into one source file.
 *
 * @param breaks what is not promised any more with it
 * @param file below io/raftless of the main sources
 * @param changes in the order of the table
 * @param checks the names of those that may find it; anything else that does is a surprise
 * @param emphasis the name of the kind of plans that are run
 * @param seeds that are tried until it is found
 */
record Mutant(
    String name,
    String breaks,
    String file,
    List<Change> changes,
    Set<String> checks,
    String emphasis,
    Seeds seeds) {

  Mutant {
    changes = List.copyOf(changes);
    checks = Set.copyOf(checks);
  }

  /** Seeds one after the other. */
  record Seeds(long first, long last) {
    Seeds {
      if (first < 1 || last < first) {
        throw new IllegalArgumentException("seeds " + first + " to " + last);
      }
    }

    int count() {
      return Math.toIntExact(last - first + 1);
    }

    @Override
    public String toString() {
      return "seeds " + first + " to " + last;
    }
  }

  /**
   * Whole lines in the place of others.
   *
   * @param find what is there, exactly once
   * @param replace what is to be there
   */
  record Change(String find, String replace) {}

  /**
   * The source with the bug in it.
   *
   * @throws IllegalStateException if the source is not what the table says: it must stay true
   */
  String applyTo(String source) {
    String changed = source;
    for (Change change : changes) {
      int at = changed.indexOf(change.find());
      if (at < 0 || changed.indexOf(change.find(), at + 1) >= 0) {
        throw new IllegalStateException(
            name
                + ": these lines are "
                + (at < 0 ? "not" : "more than once")
                + " in "
                + file
                + ":\n"
                + change.find());
      }
      changed =
          changed.substring(0, at)
              + change.replace()
              + changed.substring(at + change.find().length());
    }
    return changed;
  }

  /** The class that the file is named after. */
  String className() {
    return "io.raftless." + file.substring(0, file.length() - ".java".length()).replace('/', '.');
  }

  @Override
  public String toString() {
    return name;
  }
}
