/** Reads the log back and compares it with the input, record by record. */
@NullMarked
package io.raftless.demo.verify;

import org.jspecify.annotations.NullMarked;
