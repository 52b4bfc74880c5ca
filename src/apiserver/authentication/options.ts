import type { FollowedText } from "../followed-text.ts";
import type { FrontProxy } from "./front-proxy.ts";
import type { TokenWebhookOptions } from "./token-webhook.ts";

/** By what clients show who they are, beside certificates and the tokens of service accounts. */
export interface AuthenticationOptions {
  /** Content of a `--token-auth-file`. */
  tokenFile?: string;
  /** `--requestheader-…` */
  frontProxy?: FrontProxy;
  /** `--enable-bootstrap-token-auth` */
  bootstrapTokens?: boolean;
  /** Content of an `--authentication-config`. */
  configuration?: FollowedText;
  /** `--oidc-…` */
  oidc?: OidcOptions;
  /** `--authentication-token-webhook-…` */
  webhook?: TokenWebhookOptions;
}

/** The flags of the time before authentication had a configuration. */
export interface OidcOptions {
  issuerUrl: string;
  clientId: string;
  /** PEM. */
  certificateAuthority?: string;
  usernameClaim: string;
  usernamePrefix: string;
  groupsClaim: string;
  groupsPrefix: string;
  requiredClaims: Readonly<Record<string, string>>;
  signingAlgorithms: readonly string[];
}
