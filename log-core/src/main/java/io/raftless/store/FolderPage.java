package io.raftless.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One page of a listing of folders.
 *
 * @param folders whole keys up to and with the slash, each once over all pages, in no order that a
 *     caller may rely on (S3 Express does not sort)
 * @param continuation pass it to the next call; null on the last page
 */
public record FolderPage(List<String> folders, @Nullable String continuation) {
  public FolderPage {
    folders = List.copyOf(folders);
  }

  /**
   * For implementations.
   *
   * @throws IllegalArgumentException if {@code prefix} is neither empty nor ends in a slash: not
   *     every store can list that
   */
  public static void requireFolder(String prefix) {
    if (!prefix.isEmpty() && !prefix.endsWith("/")) {
      throw new IllegalArgumentException("prefix '" + prefix + "': end it with a slash");
    }
  }
}
