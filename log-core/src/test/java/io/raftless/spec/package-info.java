/**
 * The models of {@code docs/spec} are checked by TLC in the build: {@link
 * io.raftless.spec.ModelCheckTest} finds the configurations, runs each in a JVM of its own and
 * compares the verdict with the one that the configuration expects, and the figures with the table
 * of {@code docs/spec/README.md}.
 */
@NullMarked
package io.raftless.spec;

import org.jspecify.annotations.NullMarked;
