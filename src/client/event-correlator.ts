import type { Event } from "../api/core/v1.ts";

/** What is done about one event that happened. */
export type Correlated = { event: Event; key: string } | undefined;

const cacheSize = 4096;
/** So many different messages of one reason about one object in this time are told as one event. */
const similarEvents = 10;
const similarSeconds = 600;
/** Events about one object from one source: a burst, then one in five minutes. */
const spamBurst = 25;
const spamRefillSeconds = 300;

interface Aggregate {
  /** The different ones, in their order: one, as a rule. */
  messages: string[];
  at: number;
}

interface Observation {
  name: string;
  count: number;
  firstTimestamp: string;
  resourceVersion: string | undefined;
}

interface Bucket {
  tokens: number;
  at: number;
}

/** client-go's event correlation: equal events are counted, similar ones combined, and an object that is told of too often is silenced. */
export class EventCorrelator {
  readonly #aggregates = new LeastRecent<Aggregate>(cacheSize);
  readonly #observations = new LeastRecent<Observation>(cacheSize);
  readonly #buckets = new LeastRecent<Bucket>(cacheSize);

  /** The event to write: with a count above 1 it is a patch of the event of that name. Undefined: drop it. */
  correlate(event: Event, now: number): Correlated {
    const { key, combined } = this.#aggregate(event, now);
    const result = this.#observe(combined ?? event, key);
    return this.#isSpam(event, now) ? undefined : { event: result, key };
  }

  /** Tells what the server made of it. */
  stored(key: string, event: Event): void {
    this.#observations.set(key, {
      name: event.metadata.name ?? "",
      count: event.count ?? 1,
      firstTimestamp: event.firstTimestamp ?? "",
      resourceVersion: event.metadata.resourceVersion,
    });
  }

  #aggregate(event: Event, now: number): { key: string; combined?: Event } {
    const aggregateKey = similarKeyOf(event);
    const message = event.message ?? "";
    const known = this.#aggregates.get(aggregateKey);
    const record = known && now - known.at <= similarSeconds * 1000 ? known : { messages: [message], at: now };
    record.at = now;
    if (!record.messages.includes(message)) record.messages.push(message);
    this.#aggregates.set(aggregateKey, record);
    if (record.messages.length < similarEvents) return { key: `${aggregateKey}\0${event.involvedObject.fieldPath ?? ""}\0${message}` };
    record.messages.shift();
    return { key: aggregateKey, combined: { ...event, message: `(combined from similar events): ${event.message}` } };
  }

  #observe(event: Event, key: string): Event {
    const seen = this.#observations.get(key);
    if (!seen) {
      this.stored(key, event);
      return event;
    }
    const { name, firstTimestamp, resourceVersion } = seen;
    const metadata = { ...event.metadata, name, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
    const result: Event = { ...event, metadata, firstTimestamp, count: seen.count + 1 };
    this.stored(key, result);
    return result;
  }

  #isSpam(event: Event, now: number): boolean {
    const key = aboutKeyOf(event);
    const bucket = this.#buckets.get(key) ?? { tokens: spamBurst, at: now };
    bucket.tokens = Math.min(spamBurst, bucket.tokens + (now - bucket.at) / 1000 / spamRefillSeconds);
    bucket.at = now;
    this.#buckets.set(key, bucket);
    if (bucket.tokens < 1) return true;
    bucket.tokens -= 1;
    return false;
  }
}

/** Events about one object from one source. */
function aboutKeyOf({ source, involvedObject: { kind, namespace, name, uid, apiVersion } }: Event): string {
  return [source?.component, source?.host, kind, namespace, name, uid, apiVersion].join("\0");
}

/** Of those, events that may differ in their message only. */
function similarKeyOf(event: Event): string {
  return [aboutKeyOf(event), event.type, event.reason].join("\0");
}

/** A map that forgets what was longest not used. */
class LeastRecent<V> {
  readonly #size: number;
  readonly #entries = new Map<string, V>();

  constructor(size: number) {
    this.#size = size;
  }

  get(key: string): V | undefined {
    return this.#entries.get(key);
  }

  set(key: string, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#size) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }
}
