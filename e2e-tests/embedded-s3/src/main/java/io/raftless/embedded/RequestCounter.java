package io.raftless.embedded;

import java.util.concurrent.atomic.LongAdder;
import org.gaul.shaded.org.eclipse.jetty.http.HttpFields;
import org.gaul.shaded.org.eclipse.jetty.server.Handler;
import org.gaul.shaded.org.eclipse.jetty.server.Request;
import org.gaul.shaded.org.eclipse.jetty.server.handler.EventsHandler;

/**
 * Counts HTTP requests in front of S3Proxy: behind it, a request that S3Proxy answers by itself is
 * not seen, and its own look-ups are. Everything is counted before the client can see the answer,
 * so that a client that has it finds itself counted.
 */
final class RequestCounter extends EventsHandler {
  private final LongAdder put = new LongAdder();
  private final LongAdder get = new LongAdder();
  private final LongAdder head = new LongAdder();
  private final LongAdder list = new LongAdder();
  private final LongAdder delete = new LongAdder();
  private final LongAdder multipart = new LongAdder();
  private final LongAdder other = new LongAdder();
  private final LongAdder notModified = new LongAdder();
  private final LongAdder preconditionFailed = new LongAdder();
  private final LongAdder notFound = new LongAdder();

  RequestCounter(Handler handler) {
    super(handler);
  }

  S3Requests counts() {
    return new S3Requests(
        put.sum(),
        get.sum(),
        head.sum(),
        list.sum(),
        delete.sum(),
        multipart.sum(),
        other.sum(),
        notModified.sum(),
        preconditionFailed.sum(),
        notFound.sum());
  }

  S3Requests reset() {
    return new S3Requests(
        put.sumThenReset(),
        get.sumThenReset(),
        head.sumThenReset(),
        list.sumThenReset(),
        delete.sumThenReset(),
        multipart.sumThenReset(),
        other.sumThenReset(),
        notModified.sumThenReset(),
        preconditionFailed.sumThenReset(),
        notFound.sumThenReset());
  }

  @Override
  protected void onBeforeHandling(Request request) {
    kind(request).increment();
  }

  @Override
  protected void onResponseBegin(Request request, int status, HttpFields headers) {
    switch (status) {
      case 304 -> notModified.increment();
      case 404 -> notFound.increment();
      case 412 -> preconditionFailed.increment();
      default -> {}
    }
  }

  private LongAdder kind(Request request) {
    String path = request.getHttpURI().getPath();
    String query = request.getHttpURI().getQuery();
    // /bucket and /bucket/ name a bucket, /bucket/key an object.
    int slash = path.indexOf('/', 1);
    boolean object = slash != -1 && slash < path.length() - 1;
    if (has(query, "uploadId") || has(query, "uploads")) {
      return multipart;
    }
    if (has(query, "acl")) {
      return other;
    }
    return switch (request.getMethod()) {
      case "PUT" -> object ? put : other;
      case "GET" -> object ? get : path.length() > 1 ? list : other;
      case "HEAD" -> head;
      case "DELETE" -> object ? delete : other;
      case "POST" -> has(query, "delete") ? delete : other;
      default -> other;
    };
  }

  private static boolean has(String query, String parameter) {
    if (query == null) {
      return false;
    }
    for (String part : query.split("&", -1)) {
      if (part.equals(parameter) || part.startsWith(parameter + "=")) {
        return true;
      }
    }
    return false;
  }
}
