import { StatusError } from "../../machinery/errors.ts";
import { mastersGroup } from "../authentication/authenticators.ts";
import type { Identity } from "../request.ts";

/** What is asked for, in the terms of authorization. */
export interface AuthorizationAttributes {
  isResourceRequest: boolean;
  verb: string;
  group: string;
  version?: string;
  resource: string;
  subresource: string;
  namespace: string;
  name: string;
  path: string;
  /** Of a list or watch, as sent. */
  fieldSelector?: string;
  labelSelector?: string;
}

/** `allow` and `deny` end the chain; `none`: the next one decides, and in the end nobody allowed it. */
export interface Decision {
  effect: "allow" | "deny" | "none";
  reason: string;
}

export interface AuthorizationModule {
  readonly name: string;
  authorize(user: Identity, attributes: AuthorizationAttributes): Decision;
}

const masters: Decision = { effect: "allow", reason: "" };

/** The modules in their order: system:masters first, then Node, then RBAC. */
export class Authorizer {
  readonly #modules: readonly AuthorizationModule[];

  constructor(modules: readonly AuthorizationModule[]) {
    this.#modules = modules;
  }

  decide(user: Identity, attributes: AuthorizationAttributes): Decision {
    if (user.groups.includes(mastersGroup)) return masters;
    const reasons: string[] = [];
    for (const module of this.#modules) {
      const decision = module.authorize(user, attributes);
      if (decision.effect !== "none") return decision;
      if (decision.reason !== "") reasons.push(decision.reason);
    }
    return { effect: "none", reason: reasons.join(", ") };
  }

  allows(user: Identity, attributes: AuthorizationAttributes): boolean {
    return this.decide(user, attributes).effect === "allow";
  }

  /** Throws the 403 `StatusError` when nobody allows it. */
  check(user: Identity, attributes: AuthorizationAttributes): void {
    const decision = this.decide(user, attributes);
    if (decision.effect !== "allow") throw forbiddenRequest(user, attributes, decision.reason);
  }
}

/** The refusal of a request before anything looked at what it wants: told from the 403s of admission. */
export class AuthorizationError extends StatusError {}

/** The 403 of a request that nobody allowed, in upstream's words. */
export function forbiddenRequest(user: Identity, attributes: AuthorizationAttributes, reason: string): StatusError {
  const because = reason === "" ? "" : `: ${reason}`;
  const { group, resource, name } = attributes;
  const what = forbiddenText(user, attributes);
  if (!attributes.isResourceRequest) return new AuthorizationError(403, "Forbidden", `forbidden: ${what}${because}`, {});
  const qualified = group === "" ? resource : `${resource}.${group}`;
  const head = name === "" ? `${qualified} is forbidden` : `${qualified} "${name}" is forbidden`;
  return new AuthorizationError(403, "Forbidden", `${head}: ${what}${because}`, {
    ...(name ? { name } : {}),
    ...(group ? { group } : {}),
    kind: resource,
  });
}

function forbiddenText(user: Identity, attributes: AuthorizationAttributes): string {
  const { verb, namespace, group, subresource } = attributes;
  const who = `User ${JSON.stringify(user.name)}`;
  if (!attributes.isResourceRequest) return `${who} cannot ${verb} path ${JSON.stringify(attributes.path)}`;
  const resource = subresource === "" ? attributes.resource : `${attributes.resource}/${subresource}`;
  const where = namespace === "" ? "at the cluster scope" : `in the namespace ${JSON.stringify(namespace)}`;
  return `${who} cannot ${verb} resource ${JSON.stringify(resource)} in API group ${JSON.stringify(group)} ${where}`;
}
