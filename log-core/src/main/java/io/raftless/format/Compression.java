package io.raftless.format;

/** How the records of a block are stored. */
public enum Compression {
  NONE(0),
  LZ4(1),
  ZSTD(2);

  private final int code;

  Compression(int code) {
    this.code = code;
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
