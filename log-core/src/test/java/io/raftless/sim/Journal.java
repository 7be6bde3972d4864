package io.raftless.sim;

import io.raftless.store.FolderPage;
import io.raftless.store.GetOutcome;
import io.raftless.store.ListPage;
import io.raftless.store.PutOutcome;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Everything that happened in a run, in order. Two runs of one seed have equal journals, byte by
 * byte.
 */
final class Journal {

  /** What kind of thing happened. */
  enum Kind {
    /** A machine sent a request. */
    SENT,
    /** A request took effect, or was refused by its condition. */
    EFFECT,
    /** A machine was told what became of a request, or that nobody knows. */
    ANSWERED,
    /** The same, but the machine was dead. */
    UNHEARD,
    /** A client began an operation. */
    CALLED,
    /** A client was told how an operation ended. */
    TOLD,
    /** Something about a machine: start, crash, stall, clock. */
    MACHINE
  }

  /**
   * One thing that happened.
   *
   * @param number its place, from 0
   * @param nanos when, in the simulated world
   * @param request what it is about, if it is about a request
   * @param text for people
   */
  record Entry(
      int number,
      long nanos,
      Kind kind,
      String machine,
      @Nullable StoreRequest<?> request,
      String text) {

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%5d %11.6f %-8s %-12s %s%s",
          number,
          nanos / 1e9,
          kind,
          machine,
          request == null ? "" : request + ": ",
          text);
    }
  }

  private final List<Entry> entries = new ArrayList<>();
  private final Schedule schedule;

  Journal(Schedule schedule) {
    this.schedule = schedule;
  }

  /** Adds an entry; returns its number. */
  int add(Kind kind, Machine machine, @Nullable StoreRequest<?> request, String text) {
    int number = entries.size();
    entries.add(new Entry(number, schedule.nowNanos(), kind, machine.name(), request, text));
    return number;
  }

  List<Entry> entries() {
    return Collections.unmodifiableList(entries);
  }

  int size() {
    return entries.size();
  }

  /** What an answer says, in few words. */
  static String brief(Object answer) {
    if (answer instanceof GetOutcome.Found found) {
      return "found " + found.etag() + ", " + found.body().remaining() + " bytes";
    }
    if (answer instanceof PutOutcome.Unknown unknown) {
      return "unknown: " + unknown.cause().getMessage();
    }
    if (answer instanceof ListPage page) {
      return page.objects().size() + " objects";
    }
    if (answer instanceof FolderPage page) {
      return page.folders().size() + " folders";
    }
    return answer.toString();
  }

  /** All of it, a line each. */
  String render() {
    StringBuilder text = new StringBuilder();
    entries.forEach(entry -> text.append(entry).append('\n'));
    return text.toString();
  }

  /** A digest of all of it: equal journals have equal ones. */
  String digest() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (Entry entry : entries) {
        digest.update(entry.toString().getBytes(StandardCharsets.UTF_8));
        StoreRequest<?> request = entry.request();
        if (entry.kind() == Kind.SENT && request != null && request.kind().isWrite()) {
          digest.update(request.body());
        }
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
