@NullMarked
package io.raftless.demo;

import org.jspecify.annotations.NullMarked;
