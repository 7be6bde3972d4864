package io.raftless.sim;

/** Something that must not be. */
public final class Violation extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String check;

  /**
   * Something was found.
   *
   * @param check the name of what found it
   */
  public Violation(String check, String what) {
    super(check + ": " + what);
    this.check = check;
  }

  public Violation(String check, String what, Throwable cause) {
    super(check + ": " + what, cause);
    this.check = check;
  }

  /** The name of the check that found it. */
  public String check() {
    return check;
  }
}
