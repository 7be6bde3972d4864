package io.raftless.index;

/**
 * The nodes that an edit of the index may look into. Edits are pure functions: what they need and
 * nobody has read yet, they name, and they are asked again.
 */
@FunctionalInterface
public interface Nodes {

  /** Nothing was read: for edits that need no node. */
  Nodes NONE =
      ref -> {
        throw new NodeNeededException(ref);
      };

  /**
   * The node that is referred to.
   *
   * @throws NodeNeededException if it was not read yet
   */
  IndexNode get(NodeRef ref);
}
