import type { AuthorizationAttributes } from "../authorization/authorizer.ts";
import type { Identity } from "../request.ts";

export const auditLevels = ["None", "Metadata", "Request", "RequestResponse"] as const;
export type AuditLevel = (typeof auditLevels)[number];

export const auditStages = ["RequestReceived", "ResponseStarted", "ResponseComplete", "Panic"] as const;
export type AuditStage = (typeof auditStages)[number];

/** An audit.k8s.io/v1 Policy that was found to be right. */
export interface AuditPolicy {
  rules: readonly AuditRule[];
  omitStages?: readonly AuditStage[];
  omitManagedFields?: boolean;
}

export interface AuditRule {
  level: AuditLevel;
  users?: readonly string[];
  userGroups?: readonly string[];
  verbs?: readonly string[];
  resources?: readonly AuditedResources[];
  namespaces?: readonly string[];
  nonResourceURLs?: readonly string[];
  omitStages?: readonly AuditStage[];
  omitManagedFields?: boolean;
}

export interface AuditedResources {
  group?: string;
  resources?: readonly string[];
  resourceNames?: readonly string[];
}

/** How one request is audited. */
export interface AuditTerms {
  readonly level: AuditLevel;
  readonly omitStages: ReadonlySet<AuditStage>;
  readonly omitManagedFields: boolean;
}

/** The first rule that fits decides; without one nothing is told. */
export class AuditPolicyEvaluator {
  readonly #rules: readonly { rule: AuditRule; terms: AuditTerms }[];
  readonly #otherwise: AuditTerms;

  constructor({ rules, omitStages = [], omitManagedFields = false }: AuditPolicy) {
    this.#rules = rules.map((rule) => ({
      rule,
      terms: {
        level: rule.level,
        omitStages: new Set([...omitStages, ...(rule.omitStages ?? [])]),
        omitManagedFields: rule.omitManagedFields ?? omitManagedFields,
      },
    }));
    this.#otherwise = { level: "None", omitStages: new Set(omitStages), omitManagedFields };
  }

  termsOf(user: Identity, attributes: AuthorizationAttributes): AuditTerms {
    for (const { rule, terms } of this.#rules) if (ruleMatches(rule, user, attributes)) return terms;
    return this.#otherwise;
  }
}

function ruleMatches(rule: AuditRule, user: Identity, attributes: AuthorizationAttributes): boolean {
  const { users = [], userGroups = [], verbs = [], namespaces = [], resources = [], nonResourceURLs = [] } = rule;
  if (users.length > 0 && !users.includes(user.name)) return false;
  if (userGroups.length > 0 && !user.groups.some((group) => userGroups.includes(group))) return false;
  if (verbs.length > 0 && !verbs.includes(attributes.verb)) return false;
  if (namespaces.length > 0 || resources.length > 0) return resourceMatches(namespaces, resources, attributes);
  if (nonResourceURLs.length > 0) return !attributes.isResourceRequest && nonResourceURLs.some((url) => pathMatches(attributes.path, url));
  return true;
}

function pathMatches(path: string, url: string): boolean {
  return url === "*" || url === path || (url.endsWith("*") && path.startsWith(url.slice(0, -1)));
}

function resourceMatches(
  namespaces: readonly string[],
  resources: readonly AuditedResources[],
  { isResourceRequest, namespace, group, resource, subresource, name }: AuthorizationAttributes,
): boolean {
  if (!isResourceRequest) return false;
  if (namespaces.length > 0 && !namespaces.includes(namespace)) return false;
  if (resources.length === 0) return true;
  const whole = subresource === "" ? resource : `${resource}/${subresource}`;
  return resources.some(({ group: ofGroup = "", resources: names = [], resourceNames = [] }) => {
    if (ofGroup !== group) return false;
    if (names.length === 0) return true;
    if (resourceNames.length > 0 && !resourceNames.includes(name)) return false;
    return names.some((one) => {
      if (one === whole || one === "*") return true;
      if (subresource === "") return false;
      return one === `*/${subresource}` || one === `${resource}/*`;
    });
  });
}
