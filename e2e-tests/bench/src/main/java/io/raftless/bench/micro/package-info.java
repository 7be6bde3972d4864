/** What costs processor time in a log, piece by piece, measured with JMH. */
@NullMarked
package io.raftless.bench.micro;

import org.jspecify.annotations.NullMarked;
