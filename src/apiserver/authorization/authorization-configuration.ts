import { CompileError } from "../../machinery/cel/program.ts";
import { goDuration } from "../../machinery/duration.ts";
import { type FieldError, type FieldPath, field, path } from "../../machinery/errors.ts";
import { isDNS1123Subdomain } from "../../machinery/validation/names.ts";
import { ConfigurationError, listOf, readConfiguration, refuseErrors, struct } from "../configuration-file.ts";
import type { TypeCatalog } from "../types.ts";
import type { WebhookTarget } from "../webhook-client.ts";
import { AccessConditions, compileAccessCondition } from "./access-conditions.ts";
import type { WebhookAuthorizerOptions } from "./webhook-authorizer.ts";

const modes = ["ABAC", "AlwaysAllow", "AlwaysDeny", "Node", "RBAC", "Webhook"] as const;
export type AuthorizationMode = (typeof modes)[number];

/** `AuthorizationConfiguration` of apiserver.config.k8s.io. */
interface AuthorizationConfiguration {
  authorizers?: { type?: string; name?: string; webhook?: WebhookConfiguration }[];
}

/** Durations in milliseconds. */
interface WebhookConfiguration {
  authorizedTTL?: number;
  cacheAuthorizedRequests?: boolean;
  unauthorizedTTL?: number;
  cacheUnauthorizedRequests?: boolean;
  timeout?: number;
  subjectAccessReviewVersion?: string;
  matchConditionSubjectAccessReviewVersion?: string;
  failurePolicy?: string;
  connectionInfo?: { type?: string; kubeConfigFile?: string };
  matchConditions?: { expression?: string }[];
}

/** One of the modules that decide, in their order. */
export type ConfiguredAuthorizer =
  | { type: Exclude<AuthorizationMode, "Webhook">; name: string }
  | ({ type: "Webhook" } & WebhookAuthorizerOptions);

/** Reads the kubeconfig of a webhook. Throws an error that says what is wrong with the file. */
export type LoadWebhook = (kubeConfigFile: string) => WebhookTarget;

const shape = struct("v1.AuthorizationConfiguration", {
  authorizers: listOf(
    struct("v1.AuthorizerConfiguration", {
      type: "string",
      name: "string",
      webhook: struct("v1.WebhookConfiguration", {
        authorizedTTL: "duration",
        cacheAuthorizedRequests: "bool",
        unauthorizedTTL: "duration",
        cacheUnauthorizedRequests: "bool",
        timeout: "duration",
        subjectAccessReviewVersion: "string",
        matchConditionSubjectAccessReviewVersion: "string",
        failurePolicy: "string",
        connectionInfo: struct("v1.WebhookConnectionInfo", { type: "string", kubeConfigFile: "string" }),
        matchConditions: listOf(struct("v1.WebhookMatchCondition", { expression: "string" })),
      }),
    }),
  ),
});

const maxConditions = 64;

/** Reads and checks the content of an `--authorization-config`. Throws `ConfigurationError` in upstream's words. */
export function parseAuthorizationConfiguration(types: TypeCatalog, text: string, load: LoadWebhook): ConfiguredAuthorizer[] {
  const versions = ["v1", "v1beta1", "v1alpha1"];
  let configuration: AuthorizationConfiguration;
  try {
    configuration = readConfiguration(types, text, "AuthorizationConfiguration", versions, shape) as AuthorizationConfiguration;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new ConfigurationError(`failed to load AuthorizationConfiguration from file: ${error.message}`);
  }
  const errors: FieldError[] = [];
  const { authorizers = [] } = configuration;
  if (authorizers.length === 0) errors.push(field.required("authorizers", "at least one authorization mode must be defined"));
  const checked: ConfiguredAuthorizer[] = [];
  const seenTypes = new Set<string>();
  const names = new Set<string>();
  for (const [index, { type = "", name = "", webhook }] of authorizers.entries()) {
    const at = path("authorizers").index(index);
    const mode = modes.find((known) => known === type);
    if (type === "") errors.push(field.required(at.child("type")));
    else if (mode === undefined) errors.push(field.notSupported(at.child("type"), type, modes));
    else if (seenTypes.has(type) && mode !== "Webhook") errors.push(field.duplicate(at.child("type"), type));
    if (mode === undefined || (seenTypes.has(type) && mode !== "Webhook")) continue;
    seenTypes.add(type);
    checkName(errors, name, names, at.child("name"));
    names.add(name);
    if (mode !== "Webhook") {
      if (webhook) errors.push(field.invalid(at.child("webhook"), "non-null", "may only be specified when type=Webhook"));
      checked.push({ type: mode, name });
    } else if (!webhook) errors.push(field.required(at.child("webhook"), "required when type=Webhook"));
    else checked.push({ type: mode, ...checkWebhook(errors, name, webhook, at, load) });
  }
  refuseErrors(errors);
  return checked;
}

function checkName(errors: FieldError[], name: string, names: ReadonlySet<string>, at: FieldPath): void {
  if (name === "") errors.push(field.required(at));
  else if (names.has(name)) errors.push(field.duplicate(at, name));
  else {
    const wrong = isDNS1123Subdomain(name);
    if (wrong.length > 0) errors.push(field.invalid(at, name, `authorizer name is invalid: ${wrong.join(", ")}`));
  }
}

function checkWebhook(
  errors: FieldError[],
  name: string,
  given: WebhookConfiguration,
  at: FieldPath,
  load: LoadWebhook,
): WebhookAuthorizerOptions {
  const allowed = given.authorizedTTL || 5 * 60_000;
  const denied = given.unauthorizedTTL || 30_000;
  const { timeout = 0, failurePolicy = "", subjectAccessReviewVersion: version = "" } = given;
  if (timeout === 0) errors.push(field.required(at.child("timeout")));
  else if (timeout < 0 || timeout > 30_000) errors.push(field.invalid(at.child("timeout"), goDuration(timeout), "must be > 0s and <= 30s"));
  if (allowed < 0) errors.push(field.invalid(at.child("authorizedTTL"), goDuration(allowed), "must be > 0s"));
  if (denied < 0) errors.push(field.invalid(at.child("unauthorizedTTL"), goDuration(denied), "must be > 0s"));
  const versionAt = at.child("subjectAccessReviewVersion");
  if (version === "") errors.push(field.required(versionAt));
  else if (version !== "v1" && version !== "v1beta1") errors.push(field.notSupported(versionAt, version, ["v1", "v1beta1"]));
  const { matchConditions = [], matchConditionSubjectAccessReviewVersion: matchVersion = "" } = given;
  const matchAt = at.child("matchConditionSubjectAccessReviewVersion");
  if (matchVersion === "") {
    if (matchConditions.length > 0) errors.push(field.required(matchAt, "required if match conditions are specified"));
  } else if (matchVersion !== "v1") errors.push(field.notSupported(matchAt, matchVersion, ["v1"]));
  if (failurePolicy === "") errors.push(field.required(at.child("failurePolicy")));
  else if (failurePolicy !== "NoOpinion" && failurePolicy !== "Deny") {
    errors.push(field.notSupported(at.child("failurePolicy"), failurePolicy, ["NoOpinion", "Deny"]));
  }
  const target = checkConnection(errors, given.connectionInfo ?? {}, at.child("connectionInfo"), load);
  return {
    name,
    target: target ?? {},
    version: version === "v1beta1" ? "v1beta1" : "v1",
    allowedSeconds: given.cacheAuthorizedRequests === false ? 0 : allowed / 1000,
    deniedSeconds: given.cacheUnauthorizedRequests === false ? 0 : denied / 1000,
    timeoutSeconds: timeout / 1000,
    onError: failurePolicy === "Deny" ? "deny" : "none",
    conditions: checkConditions(errors, matchConditions, at.child("matchConditions")),
  };
}

function checkConnection(
  errors: FieldError[],
  { type = "", kubeConfigFile = "" }: NonNullable<WebhookConfiguration["connectionInfo"]>,
  at: FieldPath,
  load: LoadWebhook,
): WebhookTarget | undefined {
  const fileAt = at.child("kubeConfigFile");
  if (type === "") errors.push(field.required(at.child("type")));
  else if (type === "InClusterConfig") {
    if (kubeConfigFile !== "") errors.push(field.invalid(fileAt, kubeConfigFile, "can only be set when type=KubeConfigFile"));
    errors.push(field.invalid(at.child("type"), type, "the API server runs in no cluster: name a kubeConfigFile"));
  } else if (type !== "KubeConfigFile") {
    const shown = { Type: type, KubeConfigFile: kubeConfigFile === "" ? null : kubeConfigFile };
    errors.push(field.notSupported(at.child("type"), shown, ["InClusterConfig", "KubeConfigFile"]));
  } else if (kubeConfigFile === "") errors.push(field.required(fileAt));
  else if (!kubeConfigFile.startsWith("/")) errors.push(field.invalid(fileAt, kubeConfigFile, "must be an absolute path"));
  else {
    try {
      return load(kubeConfigFile);
    } catch (error) {
      errors.push(field.invalid(fileAt, kubeConfigFile, (error as Error).message));
    }
  }
  return undefined;
}

function checkConditions(errors: FieldError[], conditions: readonly { expression?: string }[], at: FieldPath): AccessConditions {
  if (conditions.length > maxConditions) {
    errors.push(field.tooMany(at, conditions.length, maxConditions));
    return new AccessConditions([]);
  }
  const seen = new Set<string>();
  const compiled: ReturnType<typeof compileAccessCondition>[] = [];
  for (const [index, { expression = "" }] of conditions.entries()) {
    const where = at.index(index).child("expression");
    if (expression.trim() === "") errors.push(field.required(where));
    else if (seen.has(expression)) errors.push(field.duplicate(where, expression));
    else {
      seen.add(expression);
      try {
        compiled.push(compileAccessCondition(expression));
      } catch (error) {
        if (!(error instanceof CompileError)) throw error;
        errors.push(field.invalid(where, expression, error.message));
      }
    }
  }
  return new AccessConditions(compiled);
}
