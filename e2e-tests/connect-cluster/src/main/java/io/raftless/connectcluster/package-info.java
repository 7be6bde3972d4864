/**
 * Kafka and Connect as people run them: a broker and distributed workers in processes of their own,
 * on Kafka's jars, with the plugin directory that the build has made and nothing else of ours.
 */
@NullMarked
package io.raftless.connectcluster;

import org.jspecify.annotations.NullMarked;
