/**
 * How the tasks of a job that runs in this very JVM reach objects of the program that started it.
 */
@NullMarked
package io.raftless.demo.jvm;

import org.jspecify.annotations.NullMarked;
