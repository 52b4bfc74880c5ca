import type { PolicyRule } from "../../api/rbac/v1.ts";
import type { AuthorizationAttributes } from "./authorizer.ts";

/** A rule of a role, ready to be asked. */
export interface CompiledRule {
  readonly rule: PolicyRule;
  readonly verbs: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
  readonly resources: ReadonlySet<string>;
  readonly names: ReadonlySet<string>;
  readonly urls: readonly string[];
  readonly allVerbs: boolean;
  readonly allGroups: boolean;
  readonly allResources: boolean;
}

export function compileRule(rule: PolicyRule): CompiledRule {
  const verbs = new Set(rule.verbs ?? []);
  const groups = new Set(rule.apiGroups ?? []);
  const resources = new Set(rule.resources ?? []);
  return {
    rule,
    verbs,
    groups,
    resources,
    names: new Set(rule.resourceNames ?? []),
    urls: rule.nonResourceURLs ?? [],
    allVerbs: verbs.has("*"),
    allGroups: groups.has("*"),
    allResources: resources.has("*"),
  };
}

export function ruleAllows(rule: CompiledRule, attributes: AuthorizationAttributes): boolean {
  if (!rule.allVerbs && !rule.verbs.has(attributes.verb)) return false;
  if (!attributes.isResourceRequest) return urlMatches(rule.urls, attributes.path);
  if (!rule.allGroups && !rule.groups.has(attributes.group)) return false;
  if (rule.names.size > 0 && !rule.names.has(attributes.name)) return false;
  if (rule.allResources) return true;
  const { resource, subresource } = attributes;
  if (subresource === "") return rule.resources.has(resource);
  return rule.resources.has(`${resource}/${subresource}`) || rule.resources.has(`*/${subresource}`);
}

function urlMatches(urls: readonly string[], path: string): boolean {
  for (const url of urls) {
    if (url === "*" || url === path) return true;
    if (url.endsWith("*") && path.startsWith(url.replace(/\*+$/, ""))) return true;
  }
  return false;
}

/** Whether everything that `wanted` allows is allowed by `owned` too. Rules that aren't are returned. */
export function uncoveredRules(owned: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(breakDown).filter((single) => !owned.some((owner) => covers(owner, single)));
}

/** A rule as rules of one verb, one group, one resource and one name each. */
function breakDown(rule: PolicyRule): PolicyRule[] {
  const singles: PolicyRule[] = [];
  const names = rule.resourceNames?.length ? rule.resourceNames.map((name) => [name]) : [undefined];
  for (const group of rule.apiGroups ?? []) {
    for (const resource of rule.resources ?? []) {
      for (const verb of rule.verbs ?? []) {
        for (const resourceNames of names) {
          singles.push({ verbs: [verb], apiGroups: [group], resources: [resource], ...(resourceNames ? { resourceNames } : {}) });
        }
      }
    }
  }
  for (const url of rule.nonResourceURLs ?? []) {
    for (const verb of rule.verbs ?? []) singles.push({ verbs: [verb], nonResourceURLs: [url] });
  }
  return singles;
}

function covers(owner: PolicyRule, single: PolicyRule): boolean {
  if (!hasAll(owner.verbs, single.verbs)) return false;
  if (single.nonResourceURLs?.length) {
    return single.nonResourceURLs.every((url) =>
      (owner.nonResourceURLs ?? []).some((own) => own === url || (own.endsWith("*") && url.startsWith(own.replace(/\*+$/, "")))),
    );
  }
  if (!hasAll(owner.apiGroups, single.apiGroups)) return false;
  const resource = single.resources?.[0] ?? "";
  const resources = owner.resources ?? [];
  const slash = resource.indexOf("/");
  const anySubresource = slash < 0 ? undefined : `*${resource.slice(slash)}`;
  if (!resources.includes("*") && !resources.includes(resource) && !(anySubresource && resources.includes(anySubresource))) return false;
  if (!owner.resourceNames?.length) return true;
  return single.resourceNames?.every((name) => owner.resourceNames?.includes(name)) ?? false;
}

function hasAll(owned: readonly string[] | undefined, wanted: readonly string[] | undefined): boolean {
  if (owned?.includes("*")) return true;
  return (wanted ?? []).every((value) => owned?.includes(value));
}

/** Rules about the same resource (and the same name) as one with all their verbs. */
export function compactRules(singles: readonly PolicyRule[]): PolicyRule[] {
  const compacted: PolicyRule[] = [];
  const byResource = new Map<string, PolicyRule>();
  for (const rule of singles) {
    const key = JSON.stringify([rule.apiGroups, rule.resources, rule.resourceNames]);
    const known = rule.nonResourceURLs?.length ? undefined : byResource.get(key);
    if (known) {
      known.verbs = [...(known.verbs ?? []), ...(rule.verbs ?? [])];
      continue;
    }
    const copy = { ...rule };
    compacted.push(copy);
    if (!rule.nonResourceURLs?.length) byResource.set(key, copy);
  }
  return compacted;
}

/** A rule as upstream prints it in escalation errors: `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}`. */
export function formatRule(rule: PolicyRule): string {
  const list = (values: readonly string[]) => `[${values.map((value) => JSON.stringify(value)).join(" ")}]`;
  const parts: string[] = [];
  if (rule.apiGroups?.length) parts.push(`APIGroups:${list(rule.apiGroups)}`);
  if (rule.resources?.length) parts.push(`Resources:${list(rule.resources)}`);
  if (rule.nonResourceURLs?.length) parts.push(`NonResourceURLs:${list(rule.nonResourceURLs)}`);
  if (rule.resourceNames?.length) parts.push(`ResourceNames:${list(rule.resourceNames)}`);
  if (rule.verbs?.length) parts.push(`Verbs:${list(rule.verbs)}`);
  return `{${parts.join(", ")}}`;
}
