package io.raftless.standalone;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the tests ask a JobManager. */
final class FlinkRest {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final int OK = 200;

  private final HttpClient http = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
  private final URI address;

  FlinkRest(URI address) {
    this.address = address;
  }

  /** How many task managers are registered; empty if the JobManager does not serve yet. */
  Optional<Integer> taskManagers() {
    return get("/overview").map(overview -> overview.path("taskmanagers").asInt());
  }

  /** The state of a job, such as {@code RUNNING}. */
  String jobState(String job) {
    return answer("/jobs/" + job).path("state").asString();
  }

  /** How many checkpoints of a job have completed. */
  int completedCheckpoints(String job) {
    return answer("/jobs/" + job + "/checkpoints").path("counts").path("completed").asInt();
  }

  /** How many times a job went on from a checkpoint. */
  int restores(String job) {
    return answer("/jobs/" + job + "/checkpoints").path("counts").path("restored").asInt();
  }

  private JsonNode answer(String path) {
    return get(path)
        .orElseThrow(() -> new IllegalStateException(address + " does not answer " + path));
  }

  private Optional<JsonNode> get(String path) {
    HttpRequest request =
        HttpRequest.newBuilder(address.resolve("/v1" + path)).timeout(TIMEOUT).build();
    try {
      HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
      return response.statusCode() == OK
          ? Optional.of(JSON.readTree(response.body()))
          : Optional.empty();
    } catch (ConnectException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException("no answer from " + address + path, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while asking " + address + path, e);
    }
  }
}
