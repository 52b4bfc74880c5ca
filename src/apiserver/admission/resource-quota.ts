import {
  addQuota,
  exceededNames,
  negativeNames,
  pickQuota,
  type QuotaAmounts,
  quotaText,
  subtractQuota,
  withoutZeros,
} from "../../api/core/quota-amounts.ts";
import type { QuotaEvaluator } from "../../api/core/quota-evaluator.ts";
import { isCounted, quotaEvaluator, scopesOf } from "../../api/core/quota-evaluators.ts";
import type { ResourceQuota, ScopedResourceSelectorRequirement } from "../../api/core/v1.ts";
import { type Clock, timestamp } from "../../machinery/clock.ts";
import { StatusError } from "../../machinery/errors.ts";
import { type AnyObject, deepEqual } from "../../machinery/object.ts";
import { type Entry, type Store, StoreConflict } from "../../storage/store.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../admit.ts";
import type { ServedResource } from "../catalog.ts";
import type { ObjectReader } from "../object-reader.ts";
import { putOwnStatus } from "../own-status.ts";
import type { TypeCatalog } from "../types.ts";
import type { LimitedResource } from "./configuration.ts";
import { refuse } from "./refuse.ts";

/** Not worth a quota, and many. */
const ignored = new Set(["events", "events.events.k8s.io"]);

export interface QuotaDeps {
  objects: ObjectReader;
  store: Store;
  types: TypeCatalog;
  clock: Clock;
  /** Of these nothing is used where no quota says how much. */
  limited: readonly LimitedResource[];
}

/**
 * Holds the objects of a namespace to its quotas. What a request uses is booked in the quotas' status before the request is done: two
 * requests can't take the same rest.
 */
export function resourceQuota(deps: QuotaDeps): AdmissionPlugin {
  return {
    name: "ResourceQuota",
    validate(attributes) {
      const { namespace, object, operation, subresource, resource } = attributes;
      if (namespace === "" || !object || operation === "DELETE" || operation === "CONNECT") return undefined;
      if (ignored.has(resource.qualifiedName)) return undefined;
      const evaluator = quotaEvaluator(resource.qualifiedName);
      if (!evaluator.handles(operation, subresource, object, attributes.old)) return undefined;
      const isLimited = deps.limited.some((one) => isOf(one, resource));
      const [first] = isLimited ? [true] : deps.objects.list("resourcequotas", namespace);
      return first ? book(deps, evaluator, attributes, object) : undefined;
    },
  };
}

interface Booking {
  entry: Entry;
  used: QuotaAmounts;
}

async function book(deps: QuotaDeps, evaluator: QuotaEvaluator, attributes: AdmissionAttributes, object: AnyObject): Promise<void> {
  const booked = new Set<string>();
  for (;;) {
    const bookings = bookingsOf(deps, evaluator, attributes, object).filter(({ entry }) => !booked.has(entry.key));
    if (attributes.dryRun) return;
    // All are put before any is waited for: nothing comes between the check and the booking.
    const results = await Promise.allSettled(bookings.map(({ entry, used }) => put(deps, entry, used)));
    let again = false;
    for (const [index, result] of results.entries()) {
      if (result.status === "fulfilled") booked.add((bookings[index] as Booking).entry.key);
      else if (result.reason instanceof StoreConflict) again = true;
      else throw result.reason;
    }
    if (!again) return;
  }
}

function put({ store, types, clock }: QuotaDeps, entry: Entry, used: QuotaAmounts): Promise<Entry> {
  const { shape } = types.of("api/core/v1#ResourceQuota");
  const { status } = entry.value as ResourceQuota;
  return putOwnStatus(store, { shape, entry, status: { ...status, used }, time: timestamp(clock) });
}

/** The new usage of each quota that the request changes. Throws the 403 of a quota that does not allow it. */
function bookingsOf(deps: QuotaDeps, evaluator: QuotaEvaluator, attributes: AdmissionAttributes, object: AnyObject): Booking[] {
  const interesting = quotasFor(deps, evaluator, attributes, object);
  const now = deps.clock.now();
  const usage = usageOf(evaluator, attributes, object, now);
  const old = attributes.old as AnyObject | undefined;
  const delta = old ? withoutZeros(subtractQuota(usage, evaluator.usage(old, now))) : usage;
  if (deps.limited.length > 0) checkLimited(deps.limited, evaluator, attributes, object, interesting, delta);
  const bookings: Booking[] = [];
  for (const entry of interesting) {
    const quota = entry.value as ResourceQuota;
    const { metadata, status } = quota;
    const hard = status?.hard ?? {};
    const used = status?.used ?? {};
    const names = Object.keys(hard);
    // What an update brings into the quota's scopes is new to it. What it takes out of them stays booked.
    const isNew = old !== undefined && !isCounted(evaluator, quota, names, old);
    const requested = pickQuota(isNew ? usage : delta, names);
    if (Object.keys(requested).length === 0) continue;
    // The sum is written as what is added is.
    const after = addQuota(requested, used);
    const exceeded = exceededNames(pickQuota(after, Object.keys(requested)), hard);
    // What a status tells has happened already.
    if (exceeded.length > 0 && attributes.subresource !== "status") {
      const told = (amounts: QuotaAmounts) => quotaText(pickQuota(amounts, exceeded));
      throw refuse(
        attributes,
        `exceeded quota: ${metadata.name}, requested: ${told(requested)}, used: ${told(used)}, limited: ${told(hard)}`,
      );
    }
    bookings.push({ entry, used: after });
  }
  return bookings;
}

/** The newest state of the quotas that count the object. Throws where the object doesn't say what one of them needs. */
function quotasFor({ objects, store }: QuotaDeps, evaluator: QuotaEvaluator, attributes: AdmissionAttributes, object: AnyObject): Entry[] {
  const found: Entry[] = [];
  for (const { key } of objects.list("resourcequotas", attributes.namespace)) {
    const entry = store.latest(key);
    if (!entry) continue;
    const quota = entry.value as ResourceQuota;
    const { hard = {}, used = {} } = quota.status ?? {};
    const names = Object.keys(hard).sort();
    if (!isCounted(evaluator, quota, names, object)) continue;
    const limited = evaluator.matching(names);
    const missing = evaluator.missing?.(limited, object);
    if (missing) throw refuse(attributes, `failed quota: ${quota.metadata.name}: ${missing}`);
    if (limited.some((name) => used[name] === undefined)) {
      throw refuse(attributes, `status unknown for quota: ${quota.metadata.name}, resources: ${limited.join(",")}`);
    }
    found.push(entry);
  }
  return found;
}

function isOf({ apiGroup = "", resource }: LimitedResource, { definition }: ServedResource): boolean {
  return definition.group === apiGroup && definition.resource === resource;
}

/** Throws where the object uses, or is in a scope of, what some quota of the namespace must speak of and none does. */
function checkLimited(
  limited: readonly LimitedResource[],
  evaluator: QuotaEvaluator,
  attributes: AdmissionAttributes,
  object: AnyObject,
  interesting: readonly Entry[],
  delta: QuotaAmounts,
): void {
  const own = limited.filter((one) => isOf(one, attributes.resource));
  const quotas = interesting.map(({ value }) => value as ResourceQuota);
  const wanted = own.flatMap(({ matchScopes = [] }) => matchScopes.filter((scope) => evaluator.inScope?.(scope, object) ?? false));
  const without = wanted.filter((scope) => !quotas.some((quota) => scopesOf(quota).some((other) => sameScope(scope, other))));
  if (without.length > 0) {
    const shown = without.map(({ scopeName, operator, values = [] }) => `{${scopeName} ${operator} [${values.join(" ")}]}`);
    throw new StatusError(500, "", `insufficient quota to match these scopes: [${shown.join(" ")}]`);
  }
  const names = new Set(
    own.flatMap(({ matchContains = [] }) => Object.keys(delta).filter((name) => matchContains.some((part) => name.includes(part)))),
  );
  for (const { status } of quotas) for (const name of Object.keys(status?.hard ?? {})) names.delete(name);
  if (names.size > 0) throw refuse(attributes, `insufficient quota to consume: ${[...names].sort().join(",")}`);
}

function sameScope(a: ScopedResourceSelectorRequirement, b: ScopedResourceSelectorRequirement): boolean {
  return a.scopeName === b.scopeName && a.operator === b.operator && deepEqual([...(a.values ?? [])].sort(), [...(b.values ?? [])].sort());
}

function usageOf(evaluator: QuotaEvaluator, attributes: AdmissionAttributes, object: AnyObject, now: number): QuotaAmounts {
  const usage = evaluator.usage(object, now);
  const negative = negativeNames(usage);
  if (negative.length > 0) throw refuse(attributes, `quota usage is negative for resource(s): ${negative.sort().join(",")}`);
  return withoutZeros(usage);
}
