/**
 * Logs as tables of Flink SQL: the connectors {@code raftless} and {@code raftless-upsert}, and the
 * catalog {@code raftless}. Read {@link io.raftless.flink.table.RaftlessConnectorOptions} first.
 */
@NullMarked
package io.raftless.flink.table;

import org.jspecify.annotations.NullMarked;
