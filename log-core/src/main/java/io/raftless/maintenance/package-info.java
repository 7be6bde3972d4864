/**
 * What keeps a log small and cheap while it is written and read: compaction into segments, trim and
 * retention, vacuum, and the check that all of it holds together. Any number of processes may do
 * any of it at any time; what counts is decided by transitions on heads (design §5 to §7).
 */
@NullMarked
package io.raftless.maintenance;

import org.jspecify.annotations.NullMarked;
