package io.raftless.connectcluster;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A worker's REST interface. A cluster that rebalances, and a worker that forwards to one that is
 * gone, refuse what they will do a moment later: those requests are sent again.
 *
 * <p>Safe for use by many threads.
 */
public final class ConnectRest {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

  /** More than the 90 s in which a worker answers. */
  private static final Duration TIMEOUT = Duration.ofSeconds(100);

  /** For questions whose answer the worker has at hand. */
  private static final Duration SHORT_TIMEOUT = Duration.ofSeconds(5);

  private static final Patience PATIENCE = new Patience(Duration.ofMinutes(2));
  private static final int CONFLICT = 409;
  private static final int SERVER_ERROR = 500;
  private static final String RUNNING = "RUNNING";
  private static final String FAILED = "FAILED";

  private final HttpClient http = HttpClient.newBuilder().connectTimeout(CONNECT_TIMEOUT).build();
  private final URI address;

  public ConnectRest(URI address) {
    this.address = address;
  }

  /** The names of the connectors; empty if the worker does not serve yet. */
  public Optional<List<String>> ifUp() {
    try {
      Answer answer = send("GET", "/connectors", null, SHORT_TIMEOUT);
      return answer.isGood()
          ? Optional.of(answer.json().valueStream().map(JsonNode::asString).toList())
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** The classes of the plugins that the worker has found, of all kinds. */
  public List<String> plugins() throws InterruptedException {
    return request("GET", "/connector-plugins?connectorsOnly=false", null)
        .valueStream()
        .map(plugin -> plugin.path("class").asString())
        .toList();
  }

  /** What the worker says of a configuration: the answer of {@code PUT .../config/validate}. */
  public JsonNode validate(String connectorClass, Map<String, String> config)
      throws InterruptedException {
    return request("PUT", "/connector-plugins/" + connectorClass + "/config/validate", config);
  }

  /** Creates a connector, or changes its configuration. */
  public void configure(String connector, Map<String, String> config) throws InterruptedException {
    request("PUT", "/connectors/" + connector + "/config", config);
  }

  /** Deletes a connector. */
  public void delete(String connector) throws InterruptedException {
    request("DELETE", "/connectors/" + connector, null);
  }

  /** The status of a connector and its tasks; empty while the cluster cannot say. */
  public Optional<JsonNode> status(String connector) {
    try {
      Answer answer = send("GET", "/connectors/" + connector + "/status", null, SHORT_TIMEOUT);
      return answer.isGood() ? Optional.of(answer.json()) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /**
   * Waits until a connector and its tasks run.
   *
   * @param tasks how many there must be
   * @throws IllegalStateException if one fails, with its trace, or they do not run in time
   */
  public void awaitRunning(String connector, int tasks) throws InterruptedException {
    PATIENCE.await(
        connector + " running with " + tasks + " tasks",
        () ->
            status(connector)
                .filter(
                    status -> {
                      requireNotFailed(connector, status);
                      JsonNode all = status.path("tasks");
                      return isIn(RUNNING, status.path("connector"))
                          && all.size() == tasks
                          && all.valueStream().allMatch(task -> isIn(RUNNING, task));
                    }));
  }

  /** Waits until a connector has a state, such as {@code STOPPED}, and so have its tasks. */
  public void awaitState(String connector, String state) throws InterruptedException {
    PATIENCE.await(
        connector + " being " + state,
        () ->
            status(connector)
                .filter(
                    status ->
                        isIn(state, status.path("connector"))
                            && status
                                .path("tasks")
                                .valueStream()
                                .allMatch(task -> isIn(state, task))));
  }

  /**
   * Makes sure that nothing of a connector has failed.
   *
   * @throws IllegalStateException if something has, with its trace
   */
  public void requireNotFailed(String connector) {
    status(connector).ifPresent(status -> requireNotFailed(connector, status));
  }

  private static void requireNotFailed(String connector, JsonNode status) {
    List<JsonNode> all = new ArrayList<>();
    all.add(status.path("connector"));
    status.path("tasks").forEach(all::add);
    for (JsonNode one : all) {
      if (isIn(FAILED, one)) {
        throw new IllegalStateException(
            connector + " has failed: " + one.path("trace").asString(one.toString()));
      }
    }
  }

  private static boolean isIn(String state, JsonNode node) {
    return node.path("state").asString("").equals(state);
  }

  /** Pauses a connector: its tasks stay, and do nothing. */
  public void pause(String connector) throws InterruptedException {
    request("PUT", "/connectors/" + connector + "/pause", null);
  }

  /** Stops a connector: its tasks go. */
  public void stop(String connector) throws InterruptedException {
    request("PUT", "/connectors/" + connector + "/stop", null);
  }

  /** Lets a paused or stopped connector go on. */
  public void resume(String connector) throws InterruptedException {
    request("PUT", "/connectors/" + connector + "/resume", null);
  }

  /** Restarts a connector and all its tasks. */
  public void restart(String connector) throws InterruptedException {
    request("POST", "/connectors/" + connector + "/restart?includeTasks=true", null);
  }

  /** The offsets of a connector. */
  public JsonNode offsets(String connector) throws InterruptedException {
    return request("GET", "/connectors/" + connector + "/offsets", null);
  }

  /**
   * Alters offsets of a stopped connector.
   *
   * @param offsets as {@link #offsets} returns them
   * @return what the worker says
   */
  public String alterOffsets(String connector, Object offsets) throws InterruptedException {
    return request("PATCH", "/connectors/" + connector + "/offsets", offsets)
        .path("message")
        .asString("");
  }

  /** Resets the offsets of a stopped connector, and returns what the worker says. */
  public String resetOffsets(String connector) throws InterruptedException {
    return request("DELETE", "/connectors/" + connector + "/offsets", null)
        .path("message")
        .asString("");
  }

  private JsonNode request(String method, String path, @Nullable Object body)
      throws InterruptedException {
    return PATIENCE.await(
        method + " " + address + path,
        () -> {
          Answer answer;
          try {
            answer = send(method, path, body, TIMEOUT);
          } catch (IOException e) {
            throw new IllegalStateException("no answer to " + method + " " + address + path, e);
          }
          if (answer.isTemporary()) {
            return Optional.empty();
          }
          if (!answer.isGood()) {
            throw new ConnectRestException(
                answer.status(),
                method
                    + " "
                    + address
                    + path
                    + " was refused with "
                    + answer.status()
                    + ": "
                    + answer.body());
          }
          return Optional.of(answer.json());
        });
  }

  private Answer send(String method, String path, @Nullable Object body, Duration timeout)
      throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address.resolve(path))
            .timeout(timeout)
            .header("Content-Type", "application/json")
            .method(
                method,
                body == null
                    ? BodyPublishers.noBody()
                    : BodyPublishers.ofString(JSON.writeValueAsString(body)));
    try {
      HttpResponse<String> response =
          http.send(request.build(), HttpResponse.BodyHandlers.ofString());
      return new Answer(response.statusCode(), response.body());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while asking " + address + path, e);
    }
  }

  private record Answer(int status, String body) {

    boolean isGood() {
      return status / 100 == 2;
    }

    /** While it rebalances, while it starts, and when the worker that it asked is gone. */
    boolean isTemporary() {
      if (status == CONFLICT) {
        return body.contains("rebalance") || body.contains("not yet") || body.contains("retry");
      }
      return status == SERVER_ERROR
          && (body.contains("IO Error trying to forward REST request")
              || body.contains("Request timed out")
              || body.contains("starting up"));
    }

    JsonNode json() {
      try {
        return JSON.readTree(body.isEmpty() ? "{}" : body);
      } catch (JacksonException e) {
        throw new IllegalStateException("no JSON: " + body, e);
      }
    }
  }
}
