package io.raftless.sim;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What heads refer to, directly or through nodes: all labels in their text. It knows nothing of
 * what they mean, so it is too much rather than too little.
 */
final class References {
  private static final Pattern LABEL =
      Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}");

  /** By the text of a head or node, which are never changed. */
  private final Map<ByteBuffer, Set<String>> ofTexts = new HashMap<>();

  /** The last part of a key: the label of an immutable object. */
  static String name(String key) {
    return key.substring(key.lastIndexOf('/') + 1);
  }

  /** All names that a head refers to. */
  Set<String> of(Disk disk, String headKey, ByteBuffer head) {
    String nodes = headKey.substring(0, headKey.length() - "head".length()) + "node/";
    Set<String> all = new HashSet<>();
    add(disk, nodes, head, all);
    return all;
  }

  private void add(Disk disk, String nodes, ByteBuffer text, Set<String> all) {
    for (String name : labels(text)) {
      if (all.add(name)) {
        disk.body(nodes + name).ifPresent(node -> add(disk, nodes, node, all));
      }
    }
  }

  private Set<String> labels(ByteBuffer text) {
    return ofTexts.computeIfAbsent(
        text,
        any -> {
          Set<String> labels = new HashSet<>();
          Matcher matcher = LABEL.matcher(StandardCharsets.UTF_8.decode(any.duplicate()));
          while (matcher.find()) {
            labels.add(matcher.group());
          }
          return labels;
        });
  }
}
