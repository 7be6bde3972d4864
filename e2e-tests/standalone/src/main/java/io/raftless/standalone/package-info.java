/** What runs on a standalone cluster's own class path: it knows Flink, and nothing of ours. */
@NullMarked
package io.raftless.standalone;

import org.jspecify.annotations.NullMarked;
