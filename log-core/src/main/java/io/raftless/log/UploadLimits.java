package io.raftless.log;

/** What every kind of upload has to keep to. */
final class UploadLimits {
  private static final int MIN_OBJECT_BYTES = 1 << 10;
  private static final int MAX_OBJECT_BYTES = 512 << 20;
  private static final int MAX_IN_FLIGHT = 64;

  private UploadLimits() {}

  /**
   * Checks the options of a writer or a stager.
   *
   * @throws IllegalArgumentException that names the option, its value and what to do
   */
  static void require(int objectBytes, long maxBytesInMemory, int uploadsInFlight) {
    if (objectBytes < MIN_OBJECT_BYTES || objectBytes > MAX_OBJECT_BYTES) {
      throw new IllegalArgumentException(
          "objectBytes " + objectBytes + ": choose 1 KiB (1024) to 512 MiB (536870912)");
    }
    if (maxBytesInMemory < objectBytes) {
      throw new IllegalArgumentException(
          "maxBytesInMemory "
              + maxBytesInMemory
              + " is below objectBytes "
              + objectBytes
              + ": no object could ever be filled");
    }
    if (uploadsInFlight < 1 || uploadsInFlight > MAX_IN_FLIGHT) {
      throw new IllegalArgumentException(
          "uploadsInFlight " + uploadsInFlight + ": choose 1 to " + MAX_IN_FLIGHT);
    }
  }
}
