/**
 * The Kafka Connect source and sink connectors. The module builds and is empty: the connectors are
 * the subject of a later change, and nothing here pretends otherwise.
 */
@NullMarked
package io.raftless.connect;

import org.jspecify.annotations.NullMarked;
