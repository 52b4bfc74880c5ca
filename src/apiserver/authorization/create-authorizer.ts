import type { Clock } from "../../machinery/clock.ts";
import type { Logger } from "../../machinery/logger.ts";
import type { Platform } from "../../machinery/platform.ts";
import { ConfigurationError } from "../configuration-file.ts";
import type { FollowedText } from "../followed-text.ts";
import type { AuthorizationMetrics } from "../metrics/authorization-metrics.ts";
import type { TypeCatalog } from "../types.ts";
import type { WebhookClient } from "../webhook-client.ts";
import { parseAttributePolicies } from "./attribute-policies.ts";
import { type ConfiguredAuthorizer, type LoadWebhook, parseAuthorizationConfiguration } from "./authorization-configuration.ts";
import { type AuthorizationModule, Authorizer } from "./authorizer.ts";
import type { NodeAuthorizer } from "./node-authorizer.ts";
import type { RbacAuthorizer } from "./rbac-authorizer.ts";
import { alwaysAllow, alwaysDeny } from "./simple-authorizers.ts";
import { WebhookAuthorizer } from "./webhook-authorizer.ts";

/** Who decides what users may do. */
export interface AuthorizationOptions {
  /** `--authorization-mode` and what belongs to it. Node and RBAC when absent. */
  authorizers?: readonly ConfiguredAuthorizer[];
  /** Content of an `--authorization-config`, and how the kubeconfigs are read that it names. */
  configuration?: { text: FollowedText; load: LoadWebhook };
  /** Content of an `--authorization-policy-file`. */
  policyFile?: string;
}

export interface AuthorizationDeps {
  types: TypeCatalog;
  clock: Clock;
  logger: Logger;
  client: WebhookClient;
  platform: Platform;
  node: NodeAuthorizer;
  rbac: RbacAuthorizer;
  metrics: AuthorizationMetrics;
  /** Asked before all others. */
  first: readonly AuthorizationModule[];
}

const defaults: readonly ConfiguredAuthorizer[] = [
  { type: "Node", name: "node" },
  { type: "RBAC", name: "rbac" },
];

/** Throws `ConfigurationError`. What the configuration changes to is taken while the server runs, where it can be. */
export function createAuthorizer(deps: AuthorizationDeps, options: AuthorizationOptions): Authorizer {
  const { configuration, authorizers = defaults } = options;
  const modulesOf = (chosen: readonly ConfiguredAuthorizer[]) => [
    ...deps.first,
    ...chosen.map((one) => deps.metrics.counted(one.type, one.name, moduleOf(deps, options, one))),
  ];
  if (!configuration) return new Authorizer(modulesOf(authorizers));
  const { text, load } = configuration;
  let last = text.current;
  const authorizer = new Authorizer(modulesOf(parseAuthorizationConfiguration(deps.types, last, load)));
  const taken = () => {
    deps.metrics.configurationHash = `sha256:${deps.platform.sha256(last)}`;
  };
  taken();
  text.follow((changed) => {
    if (changed === last) return;
    last = changed;
    try {
      authorizer.replace(modulesOf(parseAuthorizationConfiguration(deps.types, changed, load)));
      taken();
      deps.metrics.reloaded(true, deps.clock.now() / 1000);
      deps.logger.info("the authorization configuration was read anew");
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      deps.metrics.reloaded(false, deps.clock.now() / 1000);
      deps.logger.error("the changed authorization configuration is not taken", { error: error.message });
    }
  });
  return authorizer;
}

function moduleOf(deps: AuthorizationDeps, { policyFile }: AuthorizationOptions, chosen: ConfiguredAuthorizer): AuthorizationModule {
  switch (chosen.type) {
    case "Node":
      return deps.node;
    case "RBAC":
      return deps.rbac;
    case "AlwaysAllow":
      return alwaysAllow;
    case "AlwaysDeny":
      return alwaysDeny;
    case "ABAC":
      if (policyFile === undefined) {
        throw new ConfigurationError("authorizer type ABAC is not allowed if it was not enabled at initial server startup");
      }
      return parseAttributePolicies(policyFile);
    case "Webhook":
      return new WebhookAuthorizer(deps, chosen);
  }
}
