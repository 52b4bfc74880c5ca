import type { FrontProxy } from "./front-proxy.ts";

/** By what clients show who they are, beside certificates and the tokens of service accounts. */
export interface AuthenticationOptions {
  /** Content of a `--token-auth-file`. */
  tokenFile?: string;
  /** `--requestheader-…` */
  frontProxy?: FrontProxy;
  /** `--enable-bootstrap-token-auth` */
  bootstrapTokens?: boolean;
}
