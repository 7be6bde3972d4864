package io.raftless.sim;

import io.raftless.sim.StoreRequest.Kind;
import org.jspecify.annotations.Nullable;

/**
 * What may happen next in a schedule: one request, and what becomes of it.
 *
 * @param lane number of the machine
 * @param request number of the request among those of its machine, so that it does not depend on
 *     what other machines do
 * @param mishap null if it is done and answered
 * @param isLanding whether it is a write that takes effect after it was answered as unknown
 * @param kind of the request
 * @param key of the request
 */
record Move(
    int lane, int request, @Nullable Mishap mishap, boolean isLanding, Kind kind, String key) {

  private boolean isList() {
    return kind == Kind.LIST || kind == Kind.LIST_FOLDERS;
  }

  /** Whether both are done by the same machine, or are the late landing of one write. */
  boolean isOfSame(Move other) {
    return lane == other.lane
        && isLanding == other.isLanding
        && (!isLanding || request == other.request);
  }

  /** Whether the other one had to be made for this one to be possible. */
  boolean follows(Move other) {
    return isOfSame(other)
        || (lane == other.lane && isLanding && request == other.request && !other.isLanding);
  }

  /**
   * Whether it matters to this one that the other one changed the store. A listing is taken for the
   * keys it names: a replacement does not change it.
   */
  boolean seesChangeBy(Move other) {
    if (isList()) {
      return other.kind != Kind.REPLACE && other.key.startsWith(key);
    }
    return key.equals(other.key);
  }
}
