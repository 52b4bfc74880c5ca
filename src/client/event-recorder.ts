import type { Event, ObjectReference } from "../api/core/v1.ts";
import { events } from "../api/refs.ts";
import { type Clock, pause, Timestamps } from "../machinery/clock.ts";
import { isAlreadyExists, isNotFound, StatusError } from "../machinery/errors.ts";
import { type Logger, silentLogger } from "../machinery/logger.ts";
import type { KubeObject } from "../machinery/object.ts";
import type { Random } from "../machinery/random.ts";
import type { Client } from "./client.ts";
import { EventCorrelator, type Told } from "./event-correlator.ts";

/** Tells people what a component did or could not do, as core/v1 events. Neither blocks nor throws; what can't be kept is logged. */
export interface EventRecorder {
  /** `about` is the object, or a reference where there is no object to hand. */
  event(about: KubeObject | ObjectReference, type: "Normal" | "Warning", reason: string, message: string, options?: EventOptions): void;
  /** Writes what is waiting, without retries, and ends. */
  stop(): Promise<void>;
}

/** Of one event. */
export interface EventOptions {
  /** The part of the object: `spec.containers{web}`. */
  fieldPath?: string;
  annotations?: Record<string, string>;
}

/** Of `createEventRecorder`: who tells, and by which client. */
export interface EventRecorderOptions {
  client: Client;
  clock: Clock;
  random: Random;
  /** `source.component`: `replicaset-controller`, `kubelet`. */
  component: string;
  /** `source.host`: the node, for what runs on one. */
  host?: string;
  logger?: Logger;
}

/** Ten times upstream's: a burst of some thousand pods is scheduled faster than its events are written. */
const maxQueued = 10_000;
const maxTries = 12;
const retryMilliseconds = 10_000;
const maxNameLength = 253;

/** A recorder that writes in the background, counts what is told again, and tries again when the server is away. It ends with `stop`. */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  return new QueueingRecorder(options);
}

class QueueingRecorder implements EventRecorder {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #timestamps: Timestamps;
  readonly #random: Random;
  readonly #source: { component: string; host?: string };
  readonly #logger: Logger;
  readonly #correlator = new EventCorrelator();
  readonly #queue: Event[] = [];
  readonly #stopping = new AbortController();
  #sending: Promise<void> | undefined;
  #dropped = 0;
  #lastNanos = 0n;

  constructor({ client, clock, random, component, host, logger = silentLogger }: EventRecorderOptions) {
    this.#client = client;
    this.#clock = clock;
    this.#timestamps = new Timestamps(clock);
    this.#random = random;
    this.#source = host === undefined ? { component } : { component, host };
    this.#logger = logger;
  }

  event(
    about: KubeObject | ObjectReference,
    type: "Normal" | "Warning",
    reason: string,
    message: string,
    options: EventOptions = {},
  ): void {
    if (this.#stopping.signal.aborted) return;
    const involvedObject = referenceTo(about, options.fieldPath);
    if (!involvedObject.kind) {
      this.#logger.error("event about an object of unknown kind", { object: involvedObject.name, reason, eventMessage: message });
      return;
    }
    if (this.#queue.length >= maxQueued) {
      if (this.#dropped++ === 0) this.#logger.warn("too many events waiting, dropping", { reason });
      return;
    }
    const now = this.#timestamps.now();
    const nanos = this.#nanos().toString(16);
    const name = (involvedObject.name ?? "").slice(0, maxNameLength - 1 - nanos.length);
    // Joined, the name is one piece: objects keep it.
    const metadata: Event["metadata"] = { name: [name, nanos].join("."), namespace: involvedObject.namespace || "default" };
    if (options.annotations) metadata.annotations = options.annotations;
    this.#queue.push({
      apiVersion: "v1",
      kind: "Event",
      metadata,
      involvedObject,
      reason,
      message,
      source: this.#source,
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
      type,
      reportingComponent: this.#source.component,
      reportingInstance: this.#source.host ?? "",
    });
    this.#sending ??= this.#send();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#sending;
  }

  /** Names must differ from those of other recorders and of this one before: nanoseconds, below the clock's grain by chance. */
  #nanos(): bigint {
    const nanos = BigInt(this.#clock.now()) * 1_000_000n + BigInt(Math.floor(this.#random.next() * 1_000_000));
    this.#lastNanos = nanos > this.#lastNanos ? nanos : this.#lastNanos + 1n;
    return this.#lastNanos;
  }

  async #send(): Promise<void> {
    // After all that is under way, events of one moment one after the other: that is quicker than each between other requests.
    await pause(this.#clock, 0, this.#stopping.signal);
    // One at a time: a count builds on the event before it.
    for (let event = this.#queue.shift(); event; event = this.#queue.shift()) {
      const correlated = this.#correlator.correlate(event, this.#clock.now());
      if (correlated) await this.#write(correlated.event, correlated.told);
      if (this.#queue.length === 0 && this.#dropped > 0) {
        this.#logger.warn("events were dropped", { count: this.#dropped });
        this.#dropped = 0;
      }
    }
    this.#sending = undefined;
  }

  async #write(event: Event, told: Told): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        this.#correlator.stored(told, await this.#put(event));
        return;
      } catch (error) {
        const fields = { reason: event.reason, event: `${event.metadata.namespace}/${event.metadata.name}`, error: textOf(error) };
        if (isAlreadyExists(error) || isTerminating(error)) this.#logger.debug("event was not taken", fields);
        else if (!isPassing(error)) this.#logger.error("server rejected event", fields);
        else if (tries >= maxTries || this.#stopping.signal.aborted) this.#logger.error("unable to write event", fields);
        else {
          this.#logger.warn("unable to write event, trying again", fields);
          // The first wait is shortened at random, so that many don't come back at once.
          const share = tries === 1 ? this.#random.next() : 1;
          await pause(this.#clock, retryMilliseconds * share, this.#stopping.signal);
          continue;
        }
        return;
      }
    }
  }

  async #put(event: Event): Promise<Event> {
    const { name = "", namespace = "" } = event.metadata;
    if ((event.count ?? 1) > 1) {
      const { count, lastTimestamp, message } = event;
      try {
        const patch = { type: "application/strategic-merge-patch+json", body: { count, lastTimestamp, message } } as const;
        return await this.#client.patch(events, name, patch, { namespace });
      } catch (error) {
        // It has outlived its time to live: begin it anew.
        if (!isNotFound(error)) throw error;
      }
    }
    const { resourceVersion: _, ...metadata } = event.metadata;
    return this.#client.create(events, { ...event, metadata });
  }
}

function referenceTo(about: KubeObject | ObjectReference, fieldPath: string | undefined): ObjectReference {
  if (!("metadata" in about)) return fieldPath === undefined ? about : { ...about, fieldPath };
  const { name, namespace, uid, resourceVersion } = (about as KubeObject).metadata;
  const reference: ObjectReference = {};
  if (about.kind !== undefined) reference.kind = about.kind;
  if (namespace) reference.namespace = namespace;
  if (name !== undefined) reference.name = name;
  if (uid !== undefined) reference.uid = uid;
  if (about.apiVersion !== undefined) reference.apiVersion = about.apiVersion;
  if (resourceVersion !== undefined) reference.resourceVersion = resourceVersion;
  if (fieldPath !== undefined) reference.fieldPath = fieldPath;
  return reference;
}

/** The server could not be asked, or was too busy: it has not judged the event. */
function isPassing(error: unknown): boolean {
  return !(error instanceof StatusError) || [429, 502, 503, 504].includes(error.code);
}

function isTerminating(error: unknown): boolean {
  return error instanceof StatusError && error.status.details?.causes?.some((cause) => cause.reason === "NamespaceTerminating") === true;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
