package io.raftless.store.s3;

import java.util.concurrent.CompletableFuture;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.scheme.AwsV4AuthScheme;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.scheme.AuthScheme;
import software.amazon.awssdk.http.auth.spi.signer.AsyncSignRequest;
import software.amazon.awssdk.http.auth.spi.signer.AsyncSignedRequest;
import software.amazon.awssdk.http.auth.spi.signer.HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.SignRequest;
import software.amazon.awssdk.http.auth.spi.signer.SignedRequest;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.IdentityProvider;
import software.amazon.awssdk.identity.spi.IdentityProviders;

/**
 * Signs requests over plain HTTP as those over HTTPS are signed: with the CRC of the body among the
 * headers, and "UNSIGNED-PAYLOAD" instead of its SHA-256 ({@link
 * ChecksumMode#CRC_INSTEAD_OF_SHA256}). The SDK has no setting for that, since most clients do not
 * send a CRC.
 */
final class CrcAuthScheme implements AuthScheme<AwsCredentialsIdentity> {
  private final AuthScheme<AwsCredentialsIdentity> usual = AwsV4AuthScheme.create();
  private final HttpSigner<AwsCredentialsIdentity> signer = new Signer(AwsV4HttpSigner.create());

  @Override
  public String schemeId() {
    return usual.schemeId();
  }

  @Override
  public IdentityProvider<AwsCredentialsIdentity> identityProvider(IdentityProviders providers) {
    return usual.identityProvider(providers);
  }

  @Override
  public HttpSigner<AwsCredentialsIdentity> signer() {
    return signer;
  }

  private record Signer(AwsV4HttpSigner signer) implements HttpSigner<AwsCredentialsIdentity> {

    @Override
    public SignedRequest sign(SignRequest<? extends AwsCredentialsIdentity> request) {
      return signed(request);
    }

    private <T extends AwsCredentialsIdentity> SignedRequest signed(SignRequest<T> request) {
      SdkHttpRequest sent = request.request();
      SdkHttpRequest asIfEncrypted = with(sent, "https", sent.port());
      SignedRequest signed = signer.sign(request.copy(copy -> copy.request(asIfEncrypted)));
      return signed.copy(
          copy -> copy.request(with(signed.request(), sent.protocol(), sent.port())));
    }

    private static SdkHttpRequest with(SdkHttpRequest request, String protocol, int port) {
      return request.toBuilder().protocol(protocol).port(port).build();
    }

    @Override
    public CompletableFuture<AsyncSignedRequest> signAsync(
        AsyncSignRequest<? extends AwsCredentialsIdentity> request) {
      return signer.signAsync(request);
    }
  }
}
