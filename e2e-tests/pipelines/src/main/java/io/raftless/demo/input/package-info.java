/** From a file to keyed, numbered lines: a line's number is its identity all the way. */
@NullMarked
package io.raftless.demo.input;

import org.jspecify.annotations.NullMarked;
