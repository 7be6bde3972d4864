package io.raftless.index;

/** An edit of the index depends on a node that was not read yet: read it, then ask again. */
public final class NodeNeededException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient NodeRef ref;

  /** Names the node. */
  public NodeNeededException(NodeRef ref) {
    super("node " + ref.node() + " must be read first", null, false, false);
    this.ref = ref;
  }

  /** Which node. */
  public NodeRef ref() {
    return ref;
  }
}
