/**
 * S3-Queue, the published reference of the Leaderless Log Protocol on S3 alone, as a yardstick:
 * written from its description (docs/spec/published.md, docs/spec/S3Queue.tla), with its faults.
 */
@NullMarked
package io.raftless.bench.s3queue;

import org.jspecify.annotations.NullMarked;
