import { pause } from "../machinery/clock.ts";
import { isGone, StatusError } from "../machinery/errors.ts";
import type { KubeObject } from "../machinery/object.ts";
import { apiVersionOf, groupResource, type ResourceRef } from "../machinery/resource-ref.ts";
import { Backoff } from "./backoff.ts";
import type { BatchedWatch, ComponentDeps, WatchEvent } from "./client.ts";
import type { InformerOptions } from "./informer.ts";

/** Where a reflector puts what it sees. */
export interface ReflectorSink<T> {
  /** The whole collection: what is not in it is gone. No other call comes before the promise has settled; it rejects when it is stopped. */
  replace(objects: T[]): Promise<void> | undefined;
  apply(type: "ADDED" | "MODIFIED" | "DELETED", object: T): void;
}

/**
 * Follows one collection until the signal of `deps` is aborted: a list, then a watch from the list's resource version on. A watch
 * that ends or breaks is taken up again from the last version seen; when that version is gone, or the server says anything
 * that waiting can't cure, the collection is listed anew. Never rejects.
 */
export async function runReflector<T extends KubeObject>(
  deps: ComponentDeps,
  ref: ResourceRef<T>,
  selection: InformerOptions,
  sink: ReflectorSink<T>,
): Promise<void> {
  const { clock, random, signal } = deps;
  const logger = deps.logger.child({ resource: groupResource(ref) });
  // Upstream's reflector: 800 ms to 30 s, jitter 1, over after two quiet minutes.
  const backoff = new Backoff(clock, random, { firstMilliseconds: 800, maxMilliseconds: 30_000, jitter: 1, resetMilliseconds: 120_000 });
  /** The version to watch from; undefined asks for a list. */
  let version: string | undefined;
  /** "0" takes what a server has at hand; after trouble with versions only the newest state will do. */
  let listVersion: string | undefined = "0";
  let listedAt = 0;

  const list = async (): Promise<string> => {
    const options = { ...selection, signal, ...(listVersion === undefined ? {} : { resourceVersion: listVersion }) };
    const { items, metadata } = await deps.client.list(ref, options);
    for (const item of items) prepare(ref, item);
    const rest = sink.replace(items);
    if (rest) await rest;
    listedAt = clock.now();
    return metadata.resourceVersion ?? "";
  };

  const watch = async (from: string): Promise<{ events: number }> => {
    version = from;
    let events = 0;
    const timeout = deps.client.inProcess ? {} : { timeoutSeconds: Math.floor(300 * (1 + random.next())) };
    const options = { ...selection, ...timeout, resourceVersion: from, allowWatchBookmarks: true, signal };
    const take = (event: WatchEvent<T>) => {
      events++;
      if (event.type !== "BOOKMARK") {
        prepare(ref, event.object);
        sink.apply(event.type, event.object);
      }
      version = event.object.metadata.resourceVersion ?? version;
    };
    const stream: AsyncIterable<WatchEvent<T>> & Partial<BatchedWatch<T>> = deps.client.watch(ref, options);
    if (stream.batches) for await (const batch of stream.batches()) batch.forEach(take);
    else for await (const event of stream) take(event);
    return { events };
  };

  while (!signal.aborted) {
    let waitMilliseconds = 0;
    try {
      version ??= await list();
      const startedAt = clock.now();
      const { events } = await watch(version);
      // A server that ends every watch at once must not be asked in a tight loop.
      if (events === 0 && clock.now() - startedAt < 1000 && !signal.aborted) {
        waitMilliseconds = backoff.next();
        logger.debug("watch ended at once without an event", { waitMilliseconds });
      }
    } catch (error) {
      if (signal.aborted) return;
      const gone = isGone(error) || isTooLarge(error);
      if (version === undefined ? gone : gone || !isPassing(error)) listVersion = undefined;
      if (gone || !isPassing(error)) version = undefined;
      // A version that has grown too old is cured by a list, unless it came from one just now.
      const cured = gone && version === undefined && clock.now() - listedAt > 1000;
      if (cured) listedAt = clock.now();
      else waitMilliseconds = backoff.next();
      logger[gone ? "debug" : "warn"](version === undefined ? "list and watch failed, listing anew" : "watch failed, resuming", {
        error: error instanceof Error ? error.message : String(error),
        waitMilliseconds: Math.round(waitMilliseconds),
      });
    }
    if (waitMilliseconds > 0) await pause(clock, waitMilliseconds, signal);
  }
}

/** Trouble that goes by itself: the server is away or busy, and the version last seen stays good. */
function isPassing(error: unknown): boolean {
  return error instanceof StatusError && [429, 502, 503, 504].includes(error.code) && !isTooLarge(error);
}

/** The server knows less than was seen before: its state was set back. */
function isTooLarge(error: unknown): boolean {
  return error instanceof StatusError && error.status.details?.causes?.some((cause) => cause.reason === "ResourceVersionTooLarge") === true;
}

/**
 * Items of a list come without their kind over HTTP, and managedFields are near half of an object that nobody here reads.
 * Frozen objects are shared by the in-process client, which has seen to both.
 */
function prepare(ref: ResourceRef, object: KubeObject): void {
  if (Object.isFrozen(object)) return;
  object.apiVersion ??= apiVersionOf(ref);
  object.kind ??= ref.kind;
  delete object.metadata.managedFields;
}
