/** What is told of a run: JSON, tables and plots. */
@NullMarked
package io.raftless.bench.report;

import org.jspecify.annotations.NullMarked;
