@NullMarked
package io.raftless.embedded;

import org.jspecify.annotations.NullMarked;
