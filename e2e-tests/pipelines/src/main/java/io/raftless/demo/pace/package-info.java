/**
 * Reads the input no faster than makes sense: a small file is spread over several checkpoints, and
 * lines wait for the failures that are to strike before them.
 */
@NullMarked
package io.raftless.demo.pace;

import org.jspecify.annotations.NullMarked;
