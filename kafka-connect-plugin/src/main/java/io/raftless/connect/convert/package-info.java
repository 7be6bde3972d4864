/** Between Connect's records and the bytes of the log, without loss. */
@NullMarked
package io.raftless.connect.convert;

import org.jspecify.annotations.NullMarked;
