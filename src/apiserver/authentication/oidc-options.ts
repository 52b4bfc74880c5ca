import type { AuthenticationConfiguration } from "./authentication-configuration.ts";
import type { OidcOptions } from "./options.ts";

/** What the `--oidc-…` flags mean in the terms of the configuration that has replaced them. */
export function configurationOfFlags(flags: OidcOptions): AuthenticationConfiguration {
  const { issuerUrl, clientId, certificateAuthority, usernameClaim, usernamePrefix, groupsClaim, groupsPrefix, requiredClaims } = flags;
  // Names of several issuers must not be taken for one another.
  const ownPrefix = usernamePrefix === "" && usernameClaim !== "email" ? `${issuerUrl}#` : usernamePrefix;
  return {
    jwt: [
      {
        issuer: { url: issuerUrl, audiences: [clientId], ...(certificateAuthority ? { certificateAuthority } : {}) },
        claimMappings: {
          username: { claim: usernameClaim, prefix: ownPrefix === "-" ? "" : ownPrefix },
          ...(groupsClaim === "" ? {} : { groups: { claim: groupsClaim, prefix: groupsPrefix } }),
        },
        claimValidationRules: Object.entries(requiredClaims).map(([claim, requiredValue]) => ({ claim, requiredValue })),
      },
    ],
  };
}
