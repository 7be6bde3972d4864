/**
 * A real S3 server in one JVM, for tests and for the quick start: S3Proxy with exact conditional
 * writes. {@link io.raftless.embedded.EmbeddedS3} runs in the caller's JVM, {@link
 * io.raftless.embedded.EmbeddedS3Process} in a JVM of its own.
 */
@NullMarked
package io.raftless.embedded;

import org.jspecify.annotations.NullMarked;
