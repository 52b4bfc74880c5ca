import { readFile } from "node:fs/promises";
import { signingAlgorithms } from "../apiserver/authentication/jwt-authenticator.ts";
import type { AuthenticationOptions, OidcOptions } from "../apiserver/authentication/options.ts";
import { AccessConditions } from "../apiserver/authorization/access-conditions.ts";
import type { AuthorizationMode, ConfiguredAuthorizer } from "../apiserver/authorization/authorization-configuration.ts";
import type { AuthorizationOptions } from "../apiserver/authorization/create-authorizer.ts";
import type { ServerOptions } from "../apiserver/options.ts";
import type { WebhookTarget } from "../apiserver/webhook-client.ts";
import type { Clock } from "../machinery/clock.ts";
import type { Logger } from "../machinery/logger.ts";
import { accessFlagTexts } from "./access-flag-texts.ts";
import { FlagReader } from "./flag-reader.ts";
import { FollowedFile } from "./followed-file.ts";
import { UsageError } from "./options.ts";
import { webhookTarget } from "./webhook-target.ts";

/** What the flags come to, with the files that they name read. Whoever opened it closes it. */
export interface OpenedAccess {
  options: Pick<ServerOptions, "authentication" | "authorization" | "anonymous" | "extendTokenExpiration"> &
    Partial<Pick<ServerOptions, "audiences" | "jwksUri" | "maxTokenExpirationSeconds">>;
  /** PEM: further authorities of client certificates. */
  clientAuthorities: string;
  /** PEM: further keys of service-account tokens. */
  tokenKeys: readonly string[];
  close(): void;
}

/** Checks the flags against each other and reads their files. Rejects with `UsageError` in upstream's words. */
export async function openAccess(
  deps: { clock: Clock; logger: Logger },
  given: Readonly<Record<string, string | undefined>>,
): Promise<OpenedAccess> {
  const flags = new FlagReader(given, accessFlagTexts);
  const files: FollowedFile[] = [];
  const follow = async (name: string) => {
    const file = await FollowedFile.open(deps, flags.file(name));
    files.push(file);
    return file;
  };
  const load = (path: string) => webhookTarget(deps.clock, path);
  const audiences = flags.list("api-audiences");
  const maxSeconds = flags.milliseconds("service-account-max-token-expiration") / 1000;
  if (maxSeconds !== 0 && (maxSeconds < 3600 || maxSeconds > 2 ** 32)) {
    throw new UsageError("the service-account-max-token-expiration must be between 1 hour and 2^32 seconds");
  }
  const jwksUri = flags.text("service-account-jwks-uri");
  const authentication = await authenticationOptions(flags, follow, load);
  const authorization = await authorizationOptions(flags, follow, load);
  return {
    options: {
      authentication,
      authorization,
      anonymous: flags.boolean("anonymous-auth"),
      extendTokenExpiration: flags.boolean("service-account-extend-token-expiration"),
      ...(audiences.length > 0 ? { audiences } : {}),
      ...(jwksUri === "" ? {} : { jwksUri }),
      ...(maxSeconds === 0 ? {} : { maxTokenExpirationSeconds: maxSeconds }),
    },
    clientAuthorities: flags.text("client-ca-file") === "" ? "" : await readFile(flags.file("client-ca-file"), "utf8"),
    tokenKeys: await Promise.all(flags.list("service-account-key-file").map((path) => readFile(path, "utf8"))),
    close() {
      for (const file of files) file.close();
    },
  };
}

type Follow = (name: string) => Promise<FollowedFile>;
type Load = (path: string) => WebhookTarget;

async function authenticationOptions(flags: FlagReader, follow: Follow, load: Load): Promise<AuthenticationOptions> {
  const isConfigured = flags.text("authentication-config") !== "";
  const hasOidc = accessFlagTexts.some(([name]) => name.startsWith("oidc-") && flags.isGiven(name));
  if (isConfigured && hasOidc) throw new UsageError("authentication-config file and oidc-* flags are mutually exclusive");
  if (hasOidc && (flags.text("oidc-issuer-url") === "" || flags.text("oidc-client-id") === "")) {
    throw new UsageError("oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set");
  }
  const hasProxy = flags.text("requestheader-client-ca-file") !== "";
  const webhookFile = flags.text("authentication-token-webhook-config-file");
  return {
    bootstrapTokens: flags.boolean("enable-bootstrap-token-auth"),
    ...(isConfigured ? { configuration: await follow("authentication-config") } : {}),
    ...(hasOidc ? { oidc: await oidcOptions(flags) } : {}),
    ...(hasProxy
      ? {
          frontProxy: {
            clientCA: await readFile(flags.file("requestheader-client-ca-file"), "utf8"),
            allowedNames: flags.list("requestheader-allowed-names"),
            usernameHeaders: flags.list("requestheader-username-headers"),
            uidHeaders: flags.list("requestheader-uid-headers"),
            groupHeaders: flags.list("requestheader-group-headers"),
            extraHeaderPrefixes: flags.list("requestheader-extra-headers-prefix"),
          },
        }
      : {}),
    ...(webhookFile === ""
      ? {}
      : {
          webhook: {
            target: load(flags.file("authentication-token-webhook-config-file")),
            version: flags.choice("authentication-token-webhook-version", ["v1", "v1beta1"]),
            cacheSeconds: flags.milliseconds("authentication-token-webhook-cache-ttl") / 1000,
          },
        }),
  };
}

async function oidcOptions(flags: FlagReader): Promise<OidcOptions> {
  const algorithms = flags.list("oidc-signing-algs");
  const unknown = algorithms.find((name) => !(signingAlgorithms as readonly string[]).includes(name));
  if (unknown !== undefined) throw new UsageError(`oidc: unsupported signing alg: ${JSON.stringify(unknown)}`);
  const required = flags.list("oidc-required-claim").map((pair) => {
    const at = pair.indexOf("=");
    if (at < 1) throw new UsageError(`--oidc-required-claim takes claim=value; not "${pair}"`);
    return [pair.slice(0, at), pair.slice(at + 1)] as const;
  });
  return {
    issuerUrl: flags.text("oidc-issuer-url"),
    clientId: flags.text("oidc-client-id"),
    ...(flags.text("oidc-ca-file") === "" ? {} : { certificateAuthority: await readFile(flags.file("oidc-ca-file"), "utf8") }),
    usernameClaim: flags.text("oidc-username-claim"),
    usernamePrefix: flags.text("oidc-username-prefix"),
    groupsClaim: flags.text("oidc-groups-claim"),
    groupsPrefix: flags.text("oidc-groups-prefix"),
    requiredClaims: Object.fromEntries(required),
    signingAlgorithms: algorithms,
  };
}

const modes: readonly AuthorizationMode[] = ["ABAC", "AlwaysAllow", "AlwaysDeny", "Node", "RBAC", "Webhook"];
const webhookFlags = [
  "authorization-webhook-config-file",
  "authorization-webhook-version",
  "authorization-webhook-cache-authorized-ttl",
  "authorization-webhook-cache-unauthorized-ttl",
];
const webhookTimeoutSeconds = 30;

async function authorizationOptions(flags: FlagReader, follow: Follow, load: Load): Promise<AuthorizationOptions> {
  const policyFile = flags.text("authorization-policy-file");
  const policies = policyFile === "" ? {} : { policyFile: await readFile(flags.file("authorization-policy-file"), "utf8") };
  if (flags.text("authorization-config") !== "") {
    if (flags.isGiven("authorization-mode") || webhookFlags.some((name) => flags.isGiven(name))) {
      throw new UsageError(
        "--authorization-config can not be specified when --authorization-mode or --authorization-webhook-* flags are defined",
      );
    }
    return { ...policies, configuration: { text: await follow("authorization-config"), load } };
  }
  const chosen = flags.list("authorization-mode");
  const unknown = chosen.find((mode) => !(modes as readonly string[]).includes(mode));
  if (unknown !== undefined) throw new UsageError(`authorization-mode ${JSON.stringify(unknown)} is not a valid mode`);
  if (new Set(chosen).size < chosen.length) {
    const list = chosen.map((mode) => JSON.stringify(mode)).join(" ");
    throw new UsageError(`authorization-mode [${list}] has mode specified more than once`);
  }
  const webhookFile = flags.text("authorization-webhook-config-file");
  if (chosen.includes("ABAC") && policyFile === "") throw new UsageError("authorization-mode ABAC's authorization policy file not passed");
  if (chosen.includes("Webhook") && webhookFile === "")
    throw new UsageError("authorization-mode Webhook's authorization config file not passed");
  if (policyFile !== "" && !chosen.includes("ABAC")) throw new UsageError("cannot specify --authorization-policy-file without mode ABAC");
  if (webhookFile !== "" && !chosen.includes("Webhook")) {
    throw new UsageError("cannot specify --authorization-webhook-config-file without mode Webhook");
  }
  if (chosen.length === 0) return policies;
  return { ...policies, authorizers: (chosen as AuthorizationMode[]).map((mode) => authorizerOf(mode, flags, load)) };
}

function authorizerOf(mode: AuthorizationMode, flags: FlagReader, load: Load): ConfiguredAuthorizer {
  if (mode !== "Webhook") return { type: mode, name: mode.toLowerCase() };
  return {
    type: mode,
    name: "default",
    target: load(flags.file("authorization-webhook-config-file")),
    version: flags.choice("authorization-webhook-version", ["v1", "v1beta1"]),
    allowedSeconds: flags.milliseconds("authorization-webhook-cache-authorized-ttl") / 1000,
    deniedSeconds: flags.milliseconds("authorization-webhook-cache-unauthorized-ttl") / 1000,
    timeoutSeconds: webhookTimeoutSeconds,
    onError: "none",
    conditions: new AccessConditions([]),
  };
}
