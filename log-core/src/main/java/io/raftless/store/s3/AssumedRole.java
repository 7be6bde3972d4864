package io.raftless.store.s3;

import java.io.Serializable;
import java.net.URI;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A role that is assumed with the credentials that there are, through AWS STS. Its temporary keys
 * are renewed in the background before they expire.
 *
 * <p>An external id is not a secret for AWS, but it is not printed either.
 *
 * @param roleArn the role, {@code arn:aws:iam::…:role/…}
 * @param sessionName what the role's session is called in audit logs, 2 to 64 characters
 * @param externalId what the owner of the role wants to hear, or null
 * @param endpoint of STS; null for the one of AWS in the region of the bucket
 */
public record AssumedRole(
    String roleArn, String sessionName, @Nullable String externalId, @Nullable URI endpoint)
    implements Serializable {
  private static final Pattern ROLE = Pattern.compile("arn:[^:\\s]+:iam:[^\\s]*:role/[^\\s]+");
  private static final Pattern SESSION = Pattern.compile("[\\w+=,.@-]{2,64}");
  private static final Pattern EXTERNAL_ID = Pattern.compile("[\\w+=,.@:/-]{2,1224}");

  public AssumedRole {
    if (!ROLE.matcher(roleArn).matches()) {
      throw new IllegalArgumentException(
          "s3 role: '"
              + roleArn
              + "' is not the ARN of a role: give one such as"
              + " arn:aws:iam::111122223333:role/writer");
    }
    if (!SESSION.matcher(sessionName).matches()) {
      throw new IllegalArgumentException(
          "s3 role session name: '"
              + sessionName
              + "' is not one: give 2 to 64 letters, digits or any of +=,.@_-");
    }
    if (externalId != null && !EXTERNAL_ID.matcher(externalId).matches()) {
      throw new IllegalArgumentException(
          "s3 role external id (not shown): give 2 to 1224 letters, digits or any of +=,.@:/_-");
    }
  }

  /** The role with the session name {@code raftless} and no external id. */
  public static AssumedRole of(String roleArn) {
    return new AssumedRole(roleArn, "raftless", null, null);
  }

  /** The same with another session name. */
  public AssumedRole withSessionName(String name) {
    return new AssumedRole(roleArn, name, externalId, endpoint);
  }

  /** The same with an external id. */
  public AssumedRole withExternalId(String id) {
    return new AssumedRole(roleArn, sessionName, id, endpoint);
  }

  /** The same, asking an STS elsewhere. */
  public AssumedRole withEndpoint(URI sts) {
    return new AssumedRole(roleArn, sessionName, externalId, sts);
  }

  @Override
  public String toString() {
    return roleArn + " as " + sessionName;
  }
}
