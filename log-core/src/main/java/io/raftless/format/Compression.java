package io.raftless.format;

/** How the records of a block are stored. */
public enum Compression {
  NONE(0),
  LZ4(1),
  ZSTD(2);

  /** The zstd level that is used unless another is asked for. */
  public static final int DEFAULT_ZSTD_LEVEL = 3;

  private static final int MAX_ZSTD_LEVEL = 22;

  private final int code;

  Compression(int code) {
    this.code = code;
  }

  /**
   * Checks a zstd level: higher levels take longer and compress better.
   *
   * @throws IllegalArgumentException if it is not 1 to 22
   */
  public static int requireZstdLevel(int level) {
    if (level < 1 || level > MAX_ZSTD_LEVEL) {
      throw new IllegalArgumentException(
          "zstd level " + level + ": choose 1 to " + MAX_ZSTD_LEVEL + ", usually 3");
    }
    return level;
  }

  int code() {
    return code;
  }

  static Compression fromCode(int code) {
    for (Compression compression : values()) {
      if (compression.code == code) {
        return compression;
      }
    }
    throw new FormatException(
        "the block's compression code is "
            + code
            + "; this version knows 0 (none), 1 (lz4), 2 (zstd)");
  }
}
