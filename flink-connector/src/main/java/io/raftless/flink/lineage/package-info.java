/** What source and sink tell data catalogues about the logs they touch. Not for users. */
@NullMarked
package io.raftless.flink.lineage;

import org.jspecify.annotations.NullMarked;
