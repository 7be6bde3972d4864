/** The options that both connectors have: where the store is, and how options are checked. */
@NullMarked
package io.raftless.connect.config;

import org.jspecify.annotations.NullMarked;
