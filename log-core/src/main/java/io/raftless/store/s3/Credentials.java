package io.raftless.store.s3;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.StsClientBuilder;
import software.amazon.awssdk.services.sts.auth.StsAssumeRoleCredentialsProvider;
import software.amazon.awssdk.utils.SdkAutoCloseable;

/**
 * Where the keys come from: given ones or the SDK's default chain, and a role assumed with them if
 * there is one. Whoever opens it closes it: it has threads and connections of its own.
 */
final class Credentials implements AutoCloseable {
  private final AwsCredentialsProvider provider;

  /** In the order in which they were opened. */
  private final List<SdkAutoCloseable> opened;

  private Credentials(AwsCredentialsProvider provider, List<SdkAutoCloseable> opened) {
    this.provider = provider;
    this.opened = opened;
  }

  /**
   * Opens the provider and has it find its first keys: a request that fails for want of credentials
   * looks like a lost connection.
   */
  static Credentials open(
      @Nullable StaticCredentials keys, @Nullable AssumedRole role, @Nullable String region) {
    List<SdkAutoCloseable> opened = new ArrayList<>();
    Credentials credentials = null;
    try {
      AwsCredentialsProvider own = own(keys, opened);
      AwsCredentialsProvider provider = role == null ? own : assumed(role, own, region, opened);
      provider.resolveCredentials();
      credentials = new Credentials(provider, opened);
      return credentials;
    } finally {
      if (credentials == null) {
        close(opened);
      }
    }
  }

  private static AwsCredentialsProvider own(
      @Nullable StaticCredentials keys, List<SdkAutoCloseable> opened) {
    if (keys != null) {
      return StaticCredentialsProvider.create(keys.toAws());
    }
    DefaultCredentialsProvider chain = DefaultCredentialsProvider.builder().build();
    opened.add(chain);
    return chain;
  }

  private static AwsCredentialsProvider assumed(
      AssumedRole role,
      AwsCredentialsProvider own,
      @Nullable String region,
      List<SdkAutoCloseable> opened) {
    SdkHttpClient http = Apache5HttpClient.create();
    opened.add(http);
    StsClientBuilder client = StsClient.builder().httpClient(http).credentialsProvider(own);
    if (role.endpoint() != null) {
      client.endpointOverride(role.endpoint());
    }
    if (region != null) {
      client.region(Region.of(region));
    }
    StsClient sts = client.build();
    opened.add(sts);
    StsAssumeRoleCredentialsProvider provider =
        StsAssumeRoleCredentialsProvider.builder()
            .stsClient(sts)
            .asyncCredentialUpdateEnabled(true)
            .refreshRequest(
                request ->
                    request
                        .roleArn(role.roleArn())
                        .roleSessionName(role.sessionName())
                        .externalId(role.externalId()))
            .build();
    opened.add(provider);
    return provider;
  }

  AwsCredentialsProvider provider() {
    return provider;
  }

  @Override
  public void close() {
    close(opened);
  }

  private static void close(List<SdkAutoCloseable> opened) {
    List<SdkAutoCloseable> lastFirst = new ArrayList<>(opened);
    Collections.reverse(lastFirst);
    lastFirst.forEach(SdkAutoCloseable::close);
  }
}
