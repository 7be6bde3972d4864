/** Names that are made once and never again: labels of objects and writes, incarnations of logs. */
@NullMarked
package io.raftless.id;

import org.jspecify.annotations.NullMarked;
