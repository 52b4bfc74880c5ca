import type { FlowSchema, ResourcePolicyRule, Subject } from "../../api/flowcontrol/v1.ts";
import { serviceAccountUser } from "../authentication/service-account-tokens.ts";
import type { Identity } from "../request.ts";
import type { RequestInfo } from "../route.ts";

type Matcher = (user: Identity, info: RequestInfo) => boolean;

/** Whether a request is of a flow schema. Rules are compiled: every request asks the schemas one after another. */
export function compileFlowSchema({ spec }: Readonly<FlowSchema>): Matcher {
  const rules = (spec?.rules ?? []).map(({ subjects, resourceRules = [], nonResourceRules = [] }) => {
    const matchers = subjects.map(compileSubject);
    const resources = resourceRules.map(compileResourceRule);
    const others = nonResourceRules.map(({ verbs, nonResourceURLs }) => {
      const verb = anyOf(verbs);
      const path = compilePaths(nonResourceURLs);
      return (info: RequestInfo) => verb(info.verb) && path(info.path);
    });
    return (user: Identity, info: RequestInfo) =>
      matchers.some((matches) => matches(user)) && (info.isResourceRequest ? resources : others).some((matches) => matches(info));
  });
  return (user, info) => rules.some((matches) => matches(user, info));
}

const always = () => true;

/** `*` stands for all when it is alone. */
function anyOf(values: readonly string[]): (value: string) => boolean {
  if (values.length === 1 && values[0] === "*") return always;
  const set = new Set(values);
  return (value) => set.has(value);
}

function compileSubject({ kind, user, group, serviceAccount }: Subject): (user: Identity) => boolean {
  if (kind === "User" && user) return user.name === "*" ? always : ({ name }) => name === user.name;
  if (kind === "Group" && group) return group.name === "*" ? always : ({ groups }) => groups.includes(group.name);
  if (kind === "ServiceAccount" && serviceAccount) {
    const { namespace, name } = serviceAccount;
    if (name !== "*") {
      const account = serviceAccountUser(namespace, name);
      return (one) => one.name === account;
    }
    const prefix = serviceAccountUser(namespace, "");
    return (one) => one.name.startsWith(prefix);
  }
  return () => false;
}

function compileResourceRule(rule: ResourcePolicyRule): (info: RequestInfo) => boolean {
  const verb = anyOf(rule.verbs);
  const group = anyOf(rule.apiGroups);
  const namespace = anyOf(rule.namespaces ?? []);
  const isAny = rule.resources.length === 1 && rule.resources[0] === "*";
  const resource = anyOf(rule.resources);
  return (info) =>
    verb(info.verb) &&
    (isAny || resource(info.subresource === "" ? info.resource : `${info.resource}/${info.subresource}`)) &&
    group(info.group) &&
    (info.namespace === "" ? rule.clusterScope === true : namespace(info.namespace));
}

function compilePaths(paths: readonly string[]): (path: string) => boolean {
  if (paths.includes("*")) return always;
  const exact = new Set(paths);
  const prefixes = paths.map((path) => path.replace(/\*$/, "").replace(/\/?$/, "/"));
  return (path) => exact.has(path) || prefixes.some((prefix) => path.startsWith(prefix));
}
