package io.raftless.demo.failure;

/** A failure that was planned. Tasks die of it like of any other. */
public final class InjectedFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public InjectedFailure(String message) {
    super(message);
  }
}
