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
import { isCounted, quotaEvaluator } from "../../api/core/quota-evaluators.ts";
import type { ResourceQuota } from "../../api/core/v1.ts";
import type { Clock } from "../../machinery/clock.ts";
import type { AnyObject } from "../../machinery/object.ts";
import { type Entry, type Store, StoreConflict } from "../../storage/store.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../admit.ts";
import type { ObjectReader } from "../object-reader.ts";
import { refuse } from "./refuse.ts";

/** Not worth a quota, and many. */
const ignored = new Set(["events", "events.events.k8s.io"]);

export interface QuotaDeps {
  objects: ObjectReader;
  store: Store;
  clock: Clock;
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
      const [first] = deps.objects.list("resourcequotas", namespace);
      if (!first) return undefined;
      const evaluator = quotaEvaluator(resource.qualifiedName);
      return evaluator.handles(operation, subresource) ? book(deps, evaluator, attributes, object) : undefined;
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
    const results = await Promise.allSettled(bookings.map(({ entry, used }) => put(deps.store, entry, used)));
    let again = false;
    for (const [index, result] of results.entries()) {
      if (result.status === "fulfilled") booked.add((bookings[index] as Booking).entry.key);
      else if (result.reason instanceof StoreConflict) again = true;
      else throw result.reason;
    }
    if (!again) return;
  }
}

function put(store: Store, { key, revision, value, managedFields }: Entry, used: QuotaAmounts): Promise<Entry> {
  const quota = value as ResourceQuota;
  return store.put(key, revision, { ...quota, status: { ...quota.status, used } } as unknown as AnyObject, managedFields);
}

/** The new usage of each quota that the request changes. Throws the 403 of a quota that does not allow it. */
function bookingsOf(deps: QuotaDeps, evaluator: QuotaEvaluator, attributes: AdmissionAttributes, object: AnyObject): Booking[] {
  const interesting = quotasFor(deps, evaluator, attributes, object);
  const delta = deltaOf(evaluator, attributes, object, deps.clock.now());
  if (Object.keys(delta).length === 0) return [];
  return interesting.map((entry) => {
    const { metadata, status } = entry.value as ResourceQuota;
    const hard = status?.hard ?? {};
    const used = status?.used ?? {};
    const requested = pickQuota(delta, Object.keys(hard));
    // The sum is written as what is added is.
    const after = addQuota(requested, used);
    const exceeded = exceededNames(pickQuota(after, Object.keys(requested)), hard);
    if (exceeded.length > 0) {
      const told = (amounts: QuotaAmounts) => quotaText(pickQuota(amounts, exceeded));
      throw refuse(
        attributes,
        `exceeded quota: ${metadata.name}, requested: ${told(requested)}, used: ${told(used)}, limited: ${told(hard)}`,
      );
    }
    return { entry, used: after };
  });
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

function deltaOf(evaluator: QuotaEvaluator, attributes: AdmissionAttributes, object: AnyObject, now: number): QuotaAmounts {
  const usage = evaluator.usage(object, now);
  const negative = negativeNames(usage);
  if (negative.length > 0) throw refuse(attributes, `quota usage is negative for resource(s): ${negative.sort().join(",")}`);
  const { old } = attributes;
  return withoutZeros(old ? subtractQuota(usage, evaluator.usage(old as AnyObject, now)) : usage);
}
