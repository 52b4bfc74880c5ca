import type { Event } from "../../api/core/v1.ts";
import type { Clock } from "../../machinery/clock.ts";
import { StatusError } from "../../machinery/errors.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../admit.ts";
import { aggregated } from "../authorization/authorizer.ts";

export interface EventLimit {
  readonly type: "Server" | "Namespace" | "User" | "SourceAndObject";
  readonly qps: number;
  readonly burst: number;
  /** How many keys are remembered; the one that wasn't asked about longest is forgotten. */
  readonly cacheSize?: number;
}

const defaultCacheSize = 4096;

/** Holds those who report events to a rate. */
export function eventRateLimit(clock: Clock, limits: readonly EventLimit[]): AdmissionPlugin {
  const enforcers = limits.map((limit) => new Enforcer(clock, limit));
  return {
    name: "EventRateLimit",
    resources: ["events"],
    validate(attributes) {
      const { operation, dryRun } = attributes;
      if (dryRun || (operation !== "CREATE" && operation !== "UPDATE")) return;
      // Each limit counts the event, whatever the others say.
      const complaints = enforcers.flatMap((enforcer) => enforcer.accept(attributes) ?? []);
      if (complaints.length === 0) return;
      throw new StatusError(429, "TooManyRequests", aggregated(complaints));
    },
  };
}

interface Bucket {
  tokens: number;
  at: number;
}

class Enforcer {
  readonly #clock: Clock;
  readonly #limit: EventLimit;
  /** In the order in which they were asked about last. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: Clock, limit: EventLimit) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** The complaint, where there is one. */
  accept(attributes: AdmissionAttributes): string | undefined {
    const { type, qps, burst, cacheSize } = this.#limit;
    const key = keyOf(type, attributes);
    const now = this.#clock.now();
    const bucket = this.#buckets.get(key) ?? { tokens: burst, at: now };
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1000) * qps);
    bucket.at = now;
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > (cacheSize || defaultCacheSize)) this.#buckets.delete(this.#buckets.keys().next().value as string);
    if (bucket.tokens < 1) return `Too many requests: limit reached on type ${type} for key ${key}`;
    bucket.tokens--;
    return undefined;
  }
}

function keyOf(type: EventLimit["type"], { namespace, user, object }: AdmissionAttributes): string {
  switch (type) {
    case "Server":
      return "";
    case "Namespace":
      return namespace;
    case "User":
      return user.name;
    case "SourceAndObject": {
      const { source = {}, involvedObject = {} } = object as unknown as Event;
      const { kind, namespace: within, name, uid, apiVersion } = involvedObject;
      return [source.component, source.host, kind, within, name, uid, apiVersion].map((part) => part ?? "").join("");
    }
  }
}
