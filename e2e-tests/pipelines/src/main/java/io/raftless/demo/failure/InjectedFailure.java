package io.raftless.demo.failure;

/**
 * A failure that was planned. Tasks die of it like of any other. It is an IllegalStateException
 * because those are nobody's business between the store and the sink: trouble with the store would
 * be tried again, and nobody would die.
 */
public final class InjectedFailure extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  public InjectedFailure(String message) {
    super(message);
  }
}
