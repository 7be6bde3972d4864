/** What a stream costs in a month: requests and bytes, by the formulas of docs/performance.md. */
@NullMarked
package io.raftless.bench.cost;

import org.jspecify.annotations.NullMarked;
