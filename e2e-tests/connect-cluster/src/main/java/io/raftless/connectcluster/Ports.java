package io.raftless.connectcluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;

/** Ports for servers that must be told theirs. */
final class Ports {
  private Ports() {}

  /** One that is free now; it can be taken when it is wanted, and then another is to be tried. */
  static int free() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
