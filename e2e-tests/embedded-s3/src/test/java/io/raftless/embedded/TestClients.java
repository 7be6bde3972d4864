package io.raftless.embedded;

import java.net.URI;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/** The plain SDK, as any user of the server would set it up. */
final class TestClients {
  private TestClients() {}

  static S3Client of(EmbeddedS3 server) {
    return of(server.endpoint(), server.region(), server.accessKeyId(), server.secretAccessKey());
  }

  static S3Client of(EmbeddedS3Process server) {
    return of(server.endpoint(), server.region(), server.accessKeyId(), server.secretAccessKey());
  }

  static S3Client of(URI endpoint, String region, String accessKeyId, String secretAccessKey) {
    return S3Client.builder()
        .endpointOverride(endpoint)
        .region(Region.of(region))
        .forcePathStyle(true)
        .credentialsProvider(
            StaticCredentialsProvider.create(
                AwsBasicCredentials.create(accessKeyId, secretAccessKey)))
        .build();
  }
}
