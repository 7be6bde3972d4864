/**
 * What the protocol asks of storage: whole and ranged reads, reads that are free when nothing
 * changed, and writes that happen only if a precondition holds. Everything above this package
 * coordinates through {@link io.raftless.store.ObjectStore} and nothing else.
 *
 * <p>Cross-cutting concerns (counting, faults, latency) are stores around a store.
 */
@NullMarked
package io.raftless.store;

import org.jspecify.annotations.NullMarked;
