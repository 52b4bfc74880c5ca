import type { PolicyRule } from "../../api/rbac/v1.ts";
import { StatusError } from "../../machinery/errors.ts";
import type { Identity } from "../request.ts";
import type { RequestSelectors } from "./request-selectors.ts";

export const mastersGroup = "system:masters";

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
  /** Of a list, watch or deletecollection. */
  selectors?: RequestSelectors;
}

/** Attributes of a question about a resource; what isn't named is empty. */
export function resourceAttributes(known: Partial<AuthorizationAttributes>): AuthorizationAttributes {
  return { isResourceRequest: true, verb: "", group: "", resource: "", subresource: "", namespace: "", name: "", path: "", ...known };
}

/** `allow` and `deny` end the chain; `none`: the next one decides, and in the end nobody allowed it. */
export interface Decision {
  effect: "allow" | "deny" | "none";
  reason: string;
  /** Why it could not be found out; counts only where nobody allows it. */
  error?: string;
}

/** The rules that a user has, as far as they can be told. */
export interface UserRules {
  rules: readonly PolicyRule[];
  /** There may be more. */
  incomplete?: boolean;
  error?: string;
}

export interface AuthorizationModule {
  readonly name: string;
  authorize(user: Identity, attributes: AuthorizationAttributes): Decision | Promise<Decision>;
  rulesFor(user: Identity, namespace: string): UserRules;
}

const masters: Decision = { effect: "allow", reason: "" };

/** The modules in their order, after system:masters, who may do everything. */
export class Authorizer {
  #modules: readonly AuthorizationModule[];

  constructor(modules: readonly AuthorizationModule[]) {
    this.#modules = modules;
  }

  /** Requests from now on are decided by these. */
  replace(modules: readonly AuthorizationModule[]): void {
    this.#modules = modules;
  }

  /** A promise only where a module has to ask somebody else. */
  decide(user: Identity, attributes: AuthorizationAttributes): Decision | Promise<Decision> {
    if (user.groups.includes(mastersGroup)) return masters;
    const modules = this.#modules;
    const opinions: Decision[] = [];
    for (const [index, module] of modules.entries()) {
      const decision = module.authorize(user, attributes);
      if (decision instanceof Promise) return decideAmong(modules, index, decision, opinions, user, attributes);
      if (decision.effect !== "none") return decision;
      opinions.push(decision);
    }
    return undecided(opinions);
  }

  allows(user: Identity, attributes: AuthorizationAttributes): boolean | Promise<boolean> {
    const decision = this.decide(user, attributes);
    return decision instanceof Promise ? decision.then(isAllowed) : isAllowed(decision);
  }

  /** Throws or rejects when nobody allows it: with the 403 `StatusError`, or with `UndecidedError` where that could not be found out. */
  check(user: Identity, attributes: AuthorizationAttributes, onDecision?: (decision: Decision) => void): void | Promise<void> {
    const decision = this.decide(user, attributes);
    if (decision instanceof Promise) {
      return decision.then((decided) => {
        onDecision?.(decided);
        refuseUnlessAllowed(user, attributes, decided);
      });
    }
    onDecision?.(decision);
    refuseUnlessAllowed(user, attributes, decision);
  }

  rulesFor(user: Identity, namespace: string): UserRules {
    const all = this.#modules.map((module) => module.rulesFor(user, namespace));
    const errors = all.flatMap(({ error }) => (error === undefined ? [] : [error]));
    return {
      rules: all.flatMap(({ rules }) => rules),
      incomplete: all.some(({ incomplete }) => incomplete),
      ...(errors.length > 0 ? { error: aggregated(errors) } : {}),
    };
  }
}

/** What may be anything. */
export const everything: readonly PolicyRule[] = [
  { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
  { verbs: ["*"], nonResourceURLs: ["*"] },
];

async function decideAmong(
  modules: readonly AuthorizationModule[],
  from: number,
  first: Promise<Decision>,
  opinions: Decision[],
  user: Identity,
  attributes: AuthorizationAttributes,
): Promise<Decision> {
  let decision = await first;
  for (let index = from; ; decision = await (modules[index] as AuthorizationModule).authorize(user, attributes)) {
    if (decision.effect !== "none") return decision;
    opinions.push(decision);
    if (++index === modules.length) return undecided(opinions);
  }
}

function undecided(opinions: readonly Decision[]): Decision {
  const errors = opinions.flatMap(({ error }) => (error === undefined ? [] : [error]));
  const reason = opinions
    .map((opinion) => opinion.reason)
    .filter((text) => text !== "")
    .join("\n");
  return { effect: "none", reason, ...(errors.length > 0 ? { error: aggregated(errors) } : {}) };
}

/** Several errors in one text, each once. */
export function aggregated(errors: readonly string[]): string {
  const texts = [...new Set(errors)];
  return texts.length === 1 ? (texts[0] as string) : `[${texts.join(", ")}]`;
}

const isAllowed = ({ effect }: Decision): boolean => effect === "allow";

function refuseUnlessAllowed(user: Identity, attributes: AuthorizationAttributes, { effect, reason, error }: Decision): void {
  if (effect === "allow") return;
  if (error !== undefined) throw new UndecidedError(error);
  throw forbiddenRequest(user, attributes, reason);
}

/** The refusal of a request before anything looked at what it wants: told from the 403s of admission. */
export class AuthorizationError extends StatusError {}

/** Nobody allowed the request, and somebody who might have could not be asked. */
export class UndecidedError extends Error {}

/** The 403 of a request that nobody allowed, in upstream's words. */
export function forbiddenRequest(user: Identity, attributes: AuthorizationAttributes, reason: string): AuthorizationError {
  const because = reason === "" ? "" : `: ${reason}`;
  const { group, resource, name } = attributes;
  const what = escapeMarkup(forbiddenText(user, attributes));
  if (!attributes.isResourceRequest) return new AuthorizationError(403, "Forbidden", `forbidden: ${what}${because}`, {});
  const qualified = group === "" ? resource : `${resource}.${group}`;
  const head = name === "" ? `${qualified} is forbidden` : `${qualified} "${name}" is forbidden`;
  return new AuthorizationError(403, "Forbidden", `${head}: ${what}${because}`, {
    ...(name ? { name } : {}),
    ...(group ? { group } : {}),
    kind: resource,
  });
}

/** Nothing that a browser would take for markup. */
export function escapeMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function forbiddenText(user: Identity, attributes: AuthorizationAttributes): string {
  const { verb, namespace, group, subresource } = attributes;
  const who = `User ${JSON.stringify(user.name)}`;
  if (!attributes.isResourceRequest) return `${who} cannot ${verb} path ${JSON.stringify(attributes.path)}`;
  const resource = subresource === "" ? attributes.resource : `${attributes.resource}/${subresource}`;
  const where = namespace === "" ? "at the cluster scope" : `in the namespace ${JSON.stringify(namespace)}`;
  return `${who} cannot ${verb} resource ${JSON.stringify(resource)} in API group ${JSON.stringify(group)} ${where}`;
}
