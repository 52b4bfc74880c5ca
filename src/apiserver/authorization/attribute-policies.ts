import type { PolicyRule } from "../../api/rbac/v1.ts";
import type { Identity } from "../request.ts";
import type { AuthorizationAttributes, AuthorizationModule } from "./authorizer.ts";

/** A line of a policy file, `abac.authorization.kubernetes.io/v1beta1`. */
interface Policy {
  user?: string;
  group?: string;
  readonly?: boolean;
  apiGroup?: string;
  resource?: string;
  namespace?: string;
  nonResourcePath?: string;
}

const apiVersion = "abac.authorization.kubernetes.io/v1beta1";
const readVerbs = new Set(["get", "list", "watch"]);

/** `ABAC`: the content of an `--authorization-policy-file`, one policy in JSON a line. Throws on a line that is none. */
export function parseAttributePolicies(content: string): AuthorizationModule {
  const policies: Policy[] = [];
  for (const [index, line] of content.split("\n").entries()) {
    const text = line.trim();
    if (text === "" || text.startsWith("#")) continue;
    const fail = (why: string) => new Error(`error reading policy file, line ${index + 1}: ${text}: ${why}`);
    let value: { apiVersion?: unknown; kind?: unknown; spec?: Policy };
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw fail((error as Error).message);
    }
    if (value.apiVersion !== apiVersion || value.kind !== "Policy") throw fail(`a line is a Policy of ${apiVersion}`);
    policies.push(value.spec ?? {});
  }
  return {
    name: "ABAC",
    authorize(user, attributes) {
      const isAllowed = policies.some((policy) => isOf(policy, user) && isVerb(policy, attributes) && isAbout(policy, attributes));
      return isAllowed ? { effect: "allow", reason: "" } : { effect: "none", reason: "No policy matched." };
    },
    rulesFor: (user, namespace) => ({
      rules: policies.filter((policy) => isOf(policy, user)).flatMap((policy) => rulesOf(policy, namespace)),
    }),
  };
}

function isOf({ user = "", group = "" }: Policy, identity: Identity): boolean {
  if (user === "" && group === "") return false;
  if (user !== "" && user !== "*" && user !== identity.name) return false;
  return group === "" || group === "*" || identity.groups.includes(group);
}

function isVerb({ readonly = false }: Policy, { verb }: AuthorizationAttributes): boolean {
  return !readonly || readVerbs.has(verb);
}

function isAbout(policy: Policy, { isResourceRequest, namespace, resource, group, path }: AuthorizationAttributes): boolean {
  const fits = (wanted = "", value: string) => wanted === "*" || wanted === value;
  if (isResourceRequest) return fits(policy.namespace, namespace) && fits(policy.resource, resource) && fits(policy.apiGroup, group);
  const { nonResourcePath: wanted = "" } = policy;
  return fits(wanted, path) || (wanted.endsWith("*") && path.startsWith(wanted.replace(/\*+$/, "")));
}

function rulesOf(
  { namespace = "", resource = "", apiGroup = "", nonResourcePath = "", readonly = false }: Policy,
  wanted: string,
): PolicyRule[] {
  const verbs = readonly ? [...readVerbs] : ["*"];
  const rules: PolicyRule[] = [];
  if (resource !== "" && (namespace === "*" || namespace === wanted)) rules.push({ verbs, apiGroups: [apiGroup], resources: [resource] });
  if (nonResourcePath !== "") rules.push({ verbs, nonResourceURLs: [nonResourcePath] });
  return rules;
}
