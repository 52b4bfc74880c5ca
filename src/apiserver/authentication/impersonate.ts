import { requireDomainPrefixedPath } from "../../api/field-rules.ts";
import type { Clock } from "../../machinery/clock.ts";
import { type FieldError, path } from "../../machinery/errors.ts";
import { isDNS1123Subdomain } from "../../machinery/validation/names.ts";
import type { AuditedRequest } from "../audit/audited-request.ts";
import {
  type AuthorizationAttributes,
  AuthorizationError,
  type Authorizer,
  aggregated,
  forbiddenRequest,
  mastersGroup,
  resourceAttributes,
} from "../authorization/authorizer.ts";
import { nodesGroup, nodeUserPrefix } from "../authorization/node-authorizer.ts";
import type { ImpersonationMetrics } from "../metrics/impersonation-metrics.ts";
import { type ApiRequest, headerValues, type Identity } from "../request.ts";
import { anonymousUser, authenticatedGroup, unauthenticatedGroup } from "./authenticators.ts";
import { extraOf } from "./front-proxy.ts";
import { serviceAccountGroups, splitServiceAccountUser } from "./service-account-tokens.ts";

const extraPrefixes = ["impersonate-extra-"];
const nodeNameKey = "authentication.kubernetes.io/node-name";
const associatedKeys = "authentication.kubernetes.io/associated-node-keys";
const group = "authentication.k8s.io";

/** From this many groups or values of extra on, the right to all of them is asked for first. */
const many = 4;
/** Of how many callers it is remembered in which mode they last succeeded. */
const rememberedCallers = 10_000;

/** Whom the headers of a request ask to be, as they say it. */
interface Wanted {
  name: string;
  uid: string;
  groups: readonly string[];
  extra: Readonly<Record<string, readonly string[]>>;
}

/** One of the ways to impersonate; `undefined` where it is none for this user. */
interface Mode {
  /** Empty: the old way, whose one verb holds for every request. */
  name: string;
  fits(wanted: Wanted, caller: Identity): boolean;
}

const onlyName = ({ uid, groups, extra }: Wanted) => uid === "" && groups.length === 0 && Object.keys(extra).length === 0;

/** The narrow modes come first: each allows to be somebody for certain verbs only. */
const modes: readonly Mode[] = [
  {
    name: "associated-node",
    fits: (wanted, caller) => {
      const node = onlyName(wanted) ? nodeOf(wanted.name) : undefined;
      const own = caller.extra?.[nodeNameKey];
      return node !== undefined && splitServiceAccountUser(caller.name) !== undefined && own?.length === 1 && own[0] === node;
    },
  },
  { name: "arbitrary-node", fits: (wanted) => onlyName(wanted) && nodeOf(wanted.name) !== undefined },
  { name: "serviceaccount", fits: (wanted) => onlyName(wanted) && splitServiceAccountUser(wanted.name) !== undefined },
  { name: "user-info", fits: ({ name }) => nodeOf(name) === undefined && splitServiceAccountUser(name) === undefined },
  { name: "", fits: () => true },
];

/** Lets callers make requests as somebody else, where they may. */
export class Impersonation {
  readonly #authorizer: Authorizer;
  readonly #metrics: ImpersonationMetrics;
  readonly #clock: Clock;
  readonly #lastModes = new Map<string, Mode>();

  constructor(authorizer: Authorizer, metrics: ImpersonationMetrics, clock: Clock) {
    this.#authorizer = authorizer;
    this.#metrics = metrics;
    this.#clock = clock;
  }

  /** The identity that a request is made under: the caller's own, or the one it asks to take on and may. */
  effective(request: ApiRequest, attributes: AuthorizationAttributes, caller: Identity): Identity | Promise<Identity> {
    const wanted = wantedUser(request);
    return wanted ? this.#impersonated(wanted, attributes, caller, request.audited) : caller;
  }

  /** The mode by which the caller last succeeded is tried first; the first refusal is what the caller is told. */
  async #impersonated(
    wanted: Wanted,
    attributes: AuthorizationAttributes,
    caller: Identity,
    audited: AuditedRequest | undefined,
  ): Promise<Identity> {
    const last = this.#lastModes.get(caller.name);
    const began = this.#clock.now();
    const decided = (mode: string | undefined) => this.#metrics.attempted(mode, (this.#clock.now() - began) / 1000);
    let refusal: unknown;
    for (const mode of last ? [last, ...modes.filter((one) => one !== last)] : modes) {
      if (!mode.fits(wanted, caller)) continue;
      try {
        const identity = await this.#checked(mode, wanted, attributes, caller);
        this.#remember(caller.name, mode);
        audited?.impersonated(identity, mode.name);
        decided(mode.name);
        return identity;
      } catch (error) {
        if (!(error instanceof AuthorizationError)) throw error;
        refusal ??= error;
      }
    }
    decided(undefined);
    throw refusal;
  }

  #remember(name: string, mode: Mode): void {
    this.#lastModes.delete(name);
    if (this.#lastModes.size >= rememberedCallers) this.#lastModes.delete(this.#lastModes.keys().next().value as string);
    this.#lastModes.set(name, mode);
  }

  async #checked(mode: Mode, wanted: Wanted, attributes: AuthorizationAttributes, caller: Identity): Promise<Identity> {
    const isAssociated = mode.name === "associated-node";
    // What tells nodes apart was looked at before: the right is one for all of them.
    const asker: Identity = isAssociated ? { ...caller, extra: { [associatedKeys]: Object.keys(caller.extra ?? {}).sort() } } : caller;
    const check = (asked: AuthorizationAttributes) => this.#check(asker, asked, mode);
    if (mode.name !== "") await check({ ...attributes, verb: `impersonate-on:${mode.name}:${attributes.verb}` });
    const verb = mode.name === "" ? "impersonate" : `impersonate:${mode.name}`;
    const oldOrNew = mode.name === "" ? "" : group;
    const node = mode.name === "" ? undefined : nodeOf(wanted.name);
    const account = splitServiceAccountUser(wanted.name);
    const who = { verb, group: oldOrNew };
    if (node !== undefined) await check(resourceAttributes({ ...who, resource: "nodes", name: isAssociated ? "*" : node }));
    else if (account) await check(resourceAttributes({ ...who, resource: "serviceaccounts", ...account }));
    else await check(resourceAttributes({ ...who, resource: "users", name: wanted.name }));
    if (wanted.uid !== "") await check(resourceAttributes({ verb, group, resource: "uids", name: wanted.uid }));
    const refused = (asked: Partial<AuthorizationAttributes>, why: string) => forbiddenRequest(asker, resourceAttributes(asked), why);
    await checkGroups(mode, wanted, { ...who, resource: "groups" }, check, refused);
    await checkExtra(mode, wanted, { verb, group, resource: "userextras" }, check, refused);
    if (node !== undefined) return identityOf(wanted, [nodesGroup]);
    return identityOf(wanted, wanted.groups.length === 0 && account ? serviceAccountGroups(account.namespace) : wanted.groups);
  }

  async #check(asker: Identity, asked: AuthorizationAttributes, mode: Mode): Promise<void> {
    const began = this.#clock.now();
    const { effect, reason, error } = await this.#authorizer.decide(asker, asked);
    this.#metrics.asked(mode.name, effect === "allow", (this.#clock.now() - began) / 1000);
    if (effect === "allow") return;
    throw forbiddenRequest(asker, asked, error === undefined ? reason : reason === "" ? error : `${error}: ${reason}`);
  }
}

type Check = (asked: AuthorizationAttributes) => Promise<void>;
type Refused = (asked: Partial<AuthorizationAttributes>, why: string) => AuthorizationError;

async function checkGroups(
  mode: Mode,
  { groups }: Wanted,
  asked: Partial<AuthorizationAttributes>,
  check: Check,
  refused: Refused,
): Promise<void> {
  if (groups.length === 0) return;
  if (mode.name !== "") {
    if (groups.includes("")) throw refused(asked, "impersonating the empty string group is not allowed");
    if (groups.includes(mastersGroup)) {
      throw refused({ ...asked, name: mastersGroup }, "impersonating the system:masters group is not allowed");
    }
    if (groups.length >= many && (await passes(check(resourceAttributes({ ...asked, name: "*" }))))) return;
  }
  for (const name of groups) await check(resourceAttributes({ ...asked, name }));
}

async function checkExtra(
  mode: Mode,
  { extra }: Wanted,
  asked: Partial<AuthorizationAttributes>,
  check: Check,
  refused: Refused,
): Promise<void> {
  const entries = Object.entries(extra);
  if (entries.length === 0) return;
  if (mode.name !== "") {
    for (const [key, values] of entries) {
      const why = extraObjection(key, values);
      if (why !== undefined) throw refused(asked, why);
    }
    const isLarge = entries.length >= many || entries.flatMap(([, values]) => values).length >= many;
    if (isLarge && (await passes(check(resourceAttributes({ ...asked, subresource: "*", name: "*" }))))) return;
  }
  for (const [subresource, values] of entries) {
    for (const name of values) await check(resourceAttributes({ ...asked, subresource, name }));
  }
}

async function passes(check: Promise<void>): Promise<boolean> {
  try {
    await check;
    return true;
  } catch (error) {
    if (error instanceof AuthorizationError) return false;
    throw error;
  }
}

function extraObjection(key: string, values: readonly string[]): string | undefined {
  if (key === "") return "impersonating the empty string key in extra is not allowed";
  const errors: FieldError[] = [];
  requireDomainPrefixedPath(errors, key, path("extra").child("key"));
  if (errors.length > 0) return `impersonating an invalid key in extra is not allowed: ${aggregated(errors.map(({ text }) => text))}`;
  if (key !== key.toLowerCase()) return `impersonating a non-lowercase key in extra is not allowed: ${JSON.stringify(key)}`;
  if (values.includes("")) return "impersonating the empty string value in extra is not allowed";
  return undefined;
}

function identityOf({ name, uid, extra }: Wanted, wantedGroups: readonly string[]): Identity {
  const groups = [...wantedGroups];
  if (name === anonymousUser) {
    if (!groups.includes(unauthenticatedGroup)) groups.push(unauthenticatedGroup);
  } else if (!groups.includes(unauthenticatedGroup) && !groups.includes(authenticatedGroup)) groups.push(authenticatedGroup);
  return { name, groups, ...(uid ? { uid } : {}), ...(Object.keys(extra).length > 0 ? { extra } : {}) };
}

/** Undefined: nobody else is asked for. */
function wantedUser(request: ApiRequest): Wanted | undefined {
  const extra = extraOf(request, extraPrefixes);
  const [name = ""] = headerValues(request, "impersonate-user");
  const [uid = ""] = headerValues(request, "impersonate-uid");
  const groups = headerValues(request, "impersonate-group");
  if (name !== "") return { name, uid, groups, extra };
  if (groups.length === 0 && uid === "" && Object.keys(extra).length === 0) return undefined;
  throw new AuthorizationError(400, "BadRequest", `requested ${goUser(uid, groups, extra ?? {})} without impersonating a user name`);
}

/** The node that a user name is that of. */
function nodeOf(user: string): string | undefined {
  const name = user.slice(nodeUserPrefix.length);
  return user.startsWith(nodeUserPrefix) && isDNS1123Subdomain(name).length === 0 ? name : undefined;
}

/** The identity as upstream's message prints it. */
function goUser(uid: string, groups: readonly string[], extra: Record<string, string[]>): string {
  const list = (values: readonly string[]) => `[]string{${values.map((value) => JSON.stringify(value)).join(", ")}}`;
  const keys = Object.keys(extra).sort();
  const extras = keys.length === 0 ? "(nil)" : `{${keys.map((key) => `${JSON.stringify(key)}:${list(extra[key] ?? [])}`).join(", ")}}`;
  const groupList = groups.length === 0 ? "[]string(nil)" : list(groups);
  return `&user.DefaultInfo{Name:"", UID:${JSON.stringify(uid)}, Groups:${groupList}, Extra:map[string][]string${extras}}`;
}
