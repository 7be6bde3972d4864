/** What is in the plugin directory, and that it works as a worker loads it. */
@NullMarked
package io.raftless.connectjar;

import org.jspecify.annotations.NullMarked;
