/** The connectors on real workers and a real broker, in one process with a real S3 server. */
@NullMarked
package io.raftless.connect.cluster;

import org.jspecify.annotations.NullMarked;
