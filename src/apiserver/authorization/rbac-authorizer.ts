import type { PolicyRule, RoleBinding, Subject } from "../../api/rbac/v1.ts";
import type { AnyObject } from "../../machinery/object.ts";
import type { Entry, StoreEvent, Subscription } from "../../storage/store.ts";
import { serviceAccountUser } from "../authentication/service-account-tokens.ts";
import type { ObjectReader } from "../object-reader.ts";
import type { Identity } from "../request.ts";
import { type AuthorizationAttributes, type AuthorizationModule, aggregated, type Decision, type UserRules } from "./authorizer.ts";
import { type CompiledRule, compileRule, ruleAllows } from "./rbac-rules.ts";

const group = "rbac.authorization.k8s.io";

interface Grant {
  /** Empty: the whole cluster. */
  namespace: string;
  roleKey: string;
  /** `clusterrole.rbac.authorization.k8s.io "view"`, for messages. */
  roleName: string;
  /** `ClusterRoleBinding "a" of ClusterRole "view" to User "b"` */
  text: string;
}

const none: Decision = { effect: "none", reason: "" };

/** Role-based access control. Bindings are indexed by subject and rules compiled, and follow the store's events. */
export class RbacAuthorizer implements AuthorizationModule {
  readonly name = "RBAC";
  readonly #roles = new Map<string, CompiledRule[]>();
  /** Subject key to binding key to what it grants. */
  readonly #grants = new Map<string, Map<string, Grant>>();
  readonly #subscriptions: Subscription[] = [];

  constructor(objects: ObjectReader) {
    for (const resource of ["roles", "clusterroles", "rolebindings", "clusterrolebindings"]) {
      this.#subscriptions.push(objects.subscribe(`${resource}.${group}`, (events) => this.#follow(events)));
      for (const entry of objects.list(`${resource}.${group}`)) this.#set(entry);
    }
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.close();
  }

  authorize(user: Identity, attributes: AuthorizationAttributes): Decision {
    let missing: string[] | undefined;
    for (const grant of this.#grantsOf(user, attributes.namespace)) {
      if (grant.namespace !== "" && !attributes.isResourceRequest) continue;
      const rules = this.#roles.get(grant.roleKey);
      if (!rules) {
        missing ??= [];
        if (!missing.includes(grant.roleName)) missing.push(grant.roleName);
        continue;
      }
      for (const rule of rules) if (ruleAllows(rule, attributes)) return { effect: "allow", reason: `RBAC: allowed by ${grant.text}` };
    }
    if (!missing) return none;
    return { effect: "none", reason: `RBAC: ${aggregated(missing.map((role) => `${role} not found`))}` };
  }

  /** All rules that a user has in a namespace (and in the whole cluster). */
  rulesFor(user: Identity, namespace: string): UserRules {
    const rules: PolicyRule[] = [];
    const missing: string[] = [];
    for (const grant of this.#grantsOf(user, namespace)) {
      const role = this.#roles.get(grant.roleKey);
      if (!role) missing.push(`${grant.roleName} not found`);
      for (const { rule } of role ?? []) rules.push(rule);
    }
    return { rules, ...(missing.length > 0 ? { error: aggregated(missing) } : {}) };
  }

  /** The rules of a role that a binding names; undefined when there is none. */
  roleRules(kind: string, namespace: string, name: string): PolicyRule[] | undefined {
    return this.#roles.get(roleKeyOf(kind, namespace, name))?.map(({ rule }) => rule);
  }

  *#grantsOf(user: Identity, namespace: string): Generator<Grant> {
    yield* this.#matching(`User ${user.name}`, namespace);
    for (const name of user.groups) yield* this.#matching(`Group ${name}`, namespace);
  }

  *#matching(subject: string, namespace: string): Generator<Grant> {
    const grants = this.#grants.get(subject);
    if (!grants) return;
    for (const grant of grants.values()) if (grant.namespace === "" || grant.namespace === namespace) yield grant;
  }

  #follow(events: readonly StoreEvent[]): void {
    for (const event of events) {
      if (event.previous) this.#unset(event.previous);
      if (event.type !== "DELETED") this.#set(event.entry);
    }
  }

  #set(entry: Entry): void {
    const { key, value } = entry;
    if (isRole(value)) {
      this.#roles.set(keyOfRole(value), ((value.rules as PolicyRule[] | undefined) ?? []).map(compileRule));
      return;
    }
    const { subjects, metadata } = value as unknown as RoleBinding;
    for (const subject of subjects ?? []) {
      const subjectText = subjectKey(subject, metadata.namespace ?? "");
      let grants = this.#grants.get(subjectText);
      if (!grants) {
        grants = new Map();
        this.#grants.set(subjectText, grants);
      }
      if (!grants.has(key)) grants.set(key, grantOf(value, subject));
    }
  }

  #unset({ key, value }: Entry): void {
    if (isRole(value)) {
      this.#roles.delete(keyOfRole(value));
      return;
    }
    const { subjects, metadata } = value as unknown as RoleBinding;
    for (const subject of subjects ?? []) {
      const subjectText = subjectKey(subject, metadata.namespace ?? "");
      const grants = this.#grants.get(subjectText);
      grants?.delete(key);
      if (grants?.size === 0) this.#grants.delete(subjectText);
    }
  }
}

function grantOf(value: AnyObject, subject: Subject): Grant {
  const { roleRef, metadata } = value as unknown as RoleBinding;
  const namespace = metadata.namespace ?? "";
  const kind = roleRef.kind.toLowerCase();
  const binding = namespace === "" ? `ClusterRoleBinding "${metadata.name}"` : `RoleBinding "${metadata.name}/${namespace}"`;
  const who = subject.kind === "ServiceAccount" ? `${subject.name}/${subject.namespace || namespace}` : subject.name;
  return {
    namespace,
    roleKey: roleKeyOf(roleRef.kind, namespace, roleRef.name),
    roleName: `${kind}.${group} ${JSON.stringify(roleRef.name)}`,
    text: `${binding} of ${roleRef.kind} ${JSON.stringify(roleRef.name)} to ${subject.kind} ${JSON.stringify(who)}`,
  };
}

function roleKeyOf(kind: string, namespace: string, name: string): string {
  return kind === "ClusterRole" ? `ClusterRole ${name}` : `Role ${namespace}/${name}`;
}

function isRole({ kind }: AnyObject): boolean {
  return kind === "Role" || kind === "ClusterRole";
}

function keyOfRole({ kind, metadata }: AnyObject): string {
  return roleKeyOf(kind ?? "", metadata.namespace ?? "", metadata.name ?? "");
}

function subjectKey(subject: Subject, bindingNamespace: string): string {
  if (subject.kind === "ServiceAccount") return `User ${serviceAccountUser(subject.namespace || bindingNamespace, subject.name)}`;
  return `${subject.kind} ${subject.name}`;
}
