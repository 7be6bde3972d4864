package io.raftless.connectcluster;

import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** Starts a broker, says so in a line, and waits for its end, which is not a friendly one. */
final class StartsABroker {
  private StartsABroker() {}

  public static void main(String[] arguments) throws InterruptedException {
    try (KafkaBroker broker =
        KafkaBroker.start(KafkaHome.fromProperties(), Path.of(arguments[0]))) {
      System.out.println(broker.pid());
      new CountDownLatch(1).await();
    }
  }
}
