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

  private boolean touchesStore() {
    return mishap == null || mishap.isApplied();
  }

  private boolean isList() {
    return kind == Kind.LIST || kind == Kind.LIST_FOLDERS;
  }

  private boolean isRead() {
    return isList() || kind == Kind.GET || kind == Kind.GET_IF_CHANGED || kind == Kind.GET_RANGE;
  }

  /**
   * Whether it may make a difference which of the two is first. A listing is taken for the keys it
   * names: a replacement does not change it.
   */
  boolean conflictsWith(Move other) {
    if (lane == other.lane && isLanding == other.isLanding) {
      return true;
    }
    if (mishap != null && other.mishap != null) {
      // They share what is left of the bound.
      return true;
    }
    if (!touchesStore() || !other.touchesStore() || (isRead() && other.isRead())) {
      return false;
    }
    if (isList()) {
      return other.kind != Kind.REPLACE && other.key.startsWith(key);
    }
    if (other.isList()) {
      return kind != Kind.REPLACE && key.startsWith(other.key);
    }
    return key.equals(other.key);
  }
}
