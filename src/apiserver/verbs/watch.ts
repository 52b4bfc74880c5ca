import type { Timer } from "../../machinery/clock.ts";
import { internalError, isGone, StatusError } from "../../machinery/errors.ts";
import type { AnyObject } from "../../machinery/object.ts";
import type { Entry, StoreEvent, Subscription } from "../../storage/store.ts";
import { keyOfServed } from "../catalog.ts";
import type { Call, ServerContext } from "../context.ts";
import { prepareToShow } from "../conversion.ts";
import type { WatchMetrics } from "../metrics/watch-metrics.ts";
import { checkStreamed, mediaTypes } from "../negotiate.ts";
import type { ApiResponse, OpenStream, Sink } from "../request.ts";
import { answerHeaders, servedValue, withManagedFields } from "../respond.ts";
import { compileSelection, type Selection } from "../selection.ts";
import { batchBytes, batchSize, byteFrames, type FrameEncoder, type FrameType, objectFrames } from "../watch-frames.ts";
import { checkRevision, type ListQuery, parseListQuery, tooLargeRevision } from "./list-options.ts";

/** The states that a watcher may show of events after a revision. */
function* statesOf(events: readonly StoreEvent[], after: number): Generator<Entry> {
  for (const { revision, entry, previous } of events) {
    if (revision <= after) continue;
    yield entry;
    if (previous) yield previous;
  }
}

export function watch(server: ServerContext, call: Call): ApiResponse {
  const query = parseListQuery(call.request.query, true);
  const selection = compileSelection(call.resource, query.labelSelector, query.fieldSelector, call.name);
  checkRevision(query);
  checkStreamed(call.negotiated);
  if (call.request.wantObjects) {
    const frames = objectFrames(call.resource);
    return {
      status: 200,
      headers: {},
      body: { form: "events", open: (sink) => new Watcher(server, call, query, selection, frames, sink) },
    };
  }
  const frames = byteFrames(server, call);
  const type = call.negotiated.encoding === "protobuf" ? `${mediaTypes.protobuf};stream=watch` : mediaTypes.json;
  return {
    status: 200,
    headers: answerHeaders(call, type),
    body: { form: "stream", open: (sink) => new Watcher(server, call, query, selection, frames, sink) },
  };
}

interface Queued {
  type: FrameType;
  entry: Entry | undefined;
  /** For what isn't an entry. */
  object: AnyObject | undefined;
}

/** So long before the end of a watch its last bookmark comes. */
const lastBookmarkMilliseconds = 2000;

/**
 * One watch. Events that its sink can't take yet wait here as references to shared entries; a watcher that falls too far behind is
 * closed, and starts anew from the last revision that it saw.
 */
class Watcher<T> implements OpenStream {
  readonly #server: ServerContext;
  readonly #call: Call;
  readonly #query: ListQuery;
  readonly #selection: Selection;
  readonly #frames: FrameEncoder<T>;
  readonly #sink: Sink<T>;
  readonly #series: ReturnType<WatchMetrics["of"]>;
  readonly #began: number;
  #initial: Iterator<Entry> | undefined;
  /** What waits for a webhook to convert it; the rest comes after it. */
  #converting: Promise<void> | undefined;
  #convertingEvents = 0;
  #queue: Queued[] = [];
  #queueHead = 0;
  #full = false;
  #pumping = false;
  #ended = false;
  #revision = 0;
  /** What is the same in all bookmarks of the watch. */
  #bookmark: AnyObject | undefined;
  #subscription: Subscription | undefined;
  #timers: Timer[] = [];
  readonly #onAbort = () => this.#end();

  constructor(server: ServerContext, call: Call, query: ListQuery, selection: Selection, frames: FrameEncoder<T>, sink: Sink<T>) {
    this.#server = server;
    this.#call = call;
    this.#query = query;
    this.#selection = selection;
    this.#frames = frames;
    this.#sink = sink;
    this.#series = server.metrics.watches.of(call.resource);
    this.#began = server.clock.now();
    server.closing.addEventListener("abort", this.#onAbort, { once: true });
    call.resource.ended?.addEventListener("abort", this.#onAbort, { once: true });
    call.request.signal?.addEventListener("abort", this.#onAbort, { once: true });
    this.#start();
    if (server.closing.aborted || call.resource.ended?.aborted || call.request.signal?.aborted) this.#end();
  }

  drained(): void {
    this.#full = false;
    this.#pump();
  }

  close(): void {
    this.#release();
  }

  #start(): void {
    const { store, options } = this.#server;
    const { resource, namespace } = this.#call;
    const { sendInitialEvents, revision } = this.#query;
    const prefix = keyOfServed(resource, namespace, "");
    const root = store.root();
    const wantsInitial = sendInitialEvents === true || (sendInitialEvents === undefined && revision === 0);
    let after = root.revision;
    if (!wantsInitial && revision !== 0) after = revision;
    this.#revision = after;
    if (sendInitialEvents && revision > root.revision) {
      this.#refuse(tooLargeRevision(resource, revision, root.revision));
      return;
    }
    if (wantsInitial) {
      this.#inOrder(
        () => prepareToShow(resource, root.range(prefix)),
        () => {
          this.#initial = root.range(prefix);
        },
      );
    }
    try {
      this.#subscription = store.subscribe(prefix, Math.min(after, root.revision), (events) => this.#take(events));
    } catch (error) {
      if (!isGone(error)) throw error;
      this.#refuse(new StatusError(410, "Expired", `too old resource version: ${revision} (${store.compactedRevision})`));
      return;
    }
    const seconds = this.#query.timeoutSeconds;
    const timeoutSeconds = seconds || options.minRequestTimeoutSeconds * (1 + this.#server.random.next());
    this.#timers.push(this.#server.clock.setTimeout(() => this.#end(), timeoutSeconds * 1000));
    if (this.#query.allowWatchBookmarks) this.#armBookmark(this.#server.clock.now() + timeoutSeconds * 1000);
    this.#pump();
  }

  /** The watch has begun for the client: what is wrong with it comes as its only event. */
  #refuse({ status }: StatusError): void {
    this.#initial = undefined;
    this.#queue.push({ type: "ERROR", entry: undefined, object: status as unknown as AnyObject });
    this.#pump();
    this.#end();
  }

  /** Now and then, and shortly before the end: the next watch goes on from there. */
  #armBookmark(endMilliseconds: number): void {
    const { clock, options } = this.#server;
    const now = clock.now();
    const last = endMilliseconds - lastBookmarkMilliseconds - now;
    const whole = options.bookmarkPeriodSeconds * 1000;
    const period = options.bookmarksTogether ? whole - (now % whole) : whole;
    const timer = clock.setTimeout(
      () => {
        this.#timers.splice(this.#timers.indexOf(timer), 1);
        if (this.#ended) return;
        if (!this.#initial && this.#queueHead === this.#queue.length && !this.#full) {
          this.#enqueueBookmark(this.#server.store.revision, false);
          this.#pump();
        }
        this.#armBookmark(endMilliseconds);
      },
      last > 0 ? Math.min(last, period) : period,
    );
    this.#timers.push(timer);
  }

  #enqueueBookmark(revision: number, endsInitial: boolean): void {
    this.#bookmark ??= this.#emptyObject();
    const resourceVersion = String(Math.max(revision, this.#revision));
    const metadata = { ...this.#bookmark.metadata, resourceVersion };
    if (endsInitial) metadata.annotations = { ...metadata.annotations, "k8s.io/initial-events-end": "true" };
    this.#queue.push({ type: "BOOKMARK", entry: undefined, object: { ...this.#bookmark, metadata } });
  }

  #emptyObject(): AnyObject {
    const { definition, apiVersion } = this.#call.resource;
    // The revision is set by each bookmark; here it has its place.
    const metadata = { resourceVersion: "0" };
    const { object } = this.#server.types.of(definition.type).normalize({ kind: definition.kind, apiVersion, metadata });
    const { emptyObject } = definition.behaviour;
    if (emptyObject?.metadata) object.metadata.annotations = { ...emptyObject.metadata.annotations };
    if (emptyObject?.spec) object.spec = { ...(object.spec as object), ...emptyObject.spec };
    if (emptyObject && "data" in emptyObject) object.data = emptyObject.data;
    return object;
  }

  /** Does something after all that came before, when a webhook has converted what it needs: at once, as a rule. */
  #inOrder(prepare: () => Promise<void> | undefined, then: () => void): void {
    const before = this.#converting;
    const preparing = before ? before.then(prepare) : prepare();
    if (!preparing) {
      then();
      return;
    }
    const converting = preparing
      .then(() => {
        if (!this.#ended) then();
        if (this.#converting === converting) this.#converting = undefined;
        this.#pump();
      })
      .catch((error: unknown) => {
        if (this.#ended) return;
        this.#refuse(error instanceof StatusError ? error : internalError(String(error)));
      });
    this.#converting = converting;
  }

  #take(events: readonly StoreEvent[]): void {
    if (this.#ended || this.#sendAll(events)) return;
    const enqueue = () => {
      for (const event of events) if (event.revision > this.#revision) this.#enqueue(event);
    };
    if (this.#call.resource.converter?.outside) {
      this.#convertingEvents += events.length;
      this.#inOrder(
        () => prepareToShow(this.#call.resource, statesOf(events, this.#revision)),
        () => {
          this.#convertingEvents -= events.length;
          enqueue();
        },
      );
    } else enqueue();
    if (this.#queue.length - this.#queueHead + this.#convertingEvents > this.#server.options.watchBacklog) {
      this.#server.metrics.watches.cut(this.#call.resource);
      this.#server.logger.warn("closed a watch that fell too far behind", {
        resource: this.#call.resource.qualifiedName,
        user: this.#call.user.name,
      });
      this.#end();
      return;
    }
    this.#pump();
  }

  /** Sends events at once, in a form that watchers share, to one that sees everything and has nothing to catch up with. */
  #sendAll(events: readonly StoreEvent[]): boolean {
    const isReady = !this.#full && !this.#pumping && !this.#initial && !this.#converting && this.#queueHead === this.#queue.length;
    if (!isReady || this.#selection !== undefined || this.#call.resource.converter?.outside) return false;
    const frames = (events[0] as StoreEvent).revision > this.#revision ? this.#frames.batch?.(events) : undefined;
    if (!frames) return false;
    for (const frame of frames) this.#count(frame);
    this.#full = !this.#sink.write(frames);
    return true;
  }

  /** What an event means for this selection: an object may come into it and leave it. */
  #enqueue(event: StoreEvent): void {
    const selection = this.#selection;
    if (selection === undefined) {
      this.#queue.push({ type: event.type, entry: event.entry, object: undefined });
      return;
    }
    const { resource } = this.#call;
    const now = event.type !== "DELETED" && selection(servedValue(resource, event.entry));
    const before = event.previous !== undefined && selection(servedValue(resource, event.previous));
    if (now) this.#queue.push({ type: before ? "MODIFIED" : "ADDED", entry: event.entry, object: undefined });
    else if (before && event.type === "DELETED") this.#queue.push({ type: "DELETED", entry: event.entry, object: undefined });
    else if (before) {
      const last = servedValue(resource, event.previous as Entry);
      const metadata = { ...last.metadata, resourceVersion: String(event.revision) };
      const object = withManagedFields({ ...last, metadata }, (event.previous as Entry).managedFields);
      this.#queue.push({ type: "DELETED", entry: undefined, object });
    }
  }

  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    while (!this.#full && !this.#ended) {
      const batch: T[] = [];
      if (this.#initial) this.#fillInitial(batch);
      else this.#fillQueued(batch);
      if (batch.length > 0 && this.#call.negotiated.as === "PartialObjectMetadataList") {
        // There is no such form of an event: upstream finds that out with the first one.
        this.#end();
      } else if (batch.length > 0) this.#full = !this.#sink.write(batch);
      else if (!this.#initial && this.#queueHead === this.#queue.length) break;
    }
    this.#pumping = false;
  }

  #fillInitial(batch: T[]): void {
    const { resource } = this.#call;
    for (let bytes = 0; batch.length < batchSize && bytes < batchBytes; ) {
      const next = (this.#initial as Iterator<Entry>).next();
      if (next.done) {
        this.#initial = undefined;
        this.#tellListed();
        if (this.#query.allowWatchBookmarks) {
          // Goes before the events that came in meanwhile: its revision is that of the state just sent.
          const later = this.#queue.slice(this.#queueHead);
          this.#queue = [];
          this.#queueHead = 0;
          this.#enqueueBookmark(this.#revision, true);
          this.#queue.push(...later);
        }
        return;
      }
      const entry = next.value;
      if (this.#selection !== undefined && !this.#selection(servedValue(resource, entry))) continue;
      const frame = this.#frames.event("ADDED", entry);
      batch.push(frame);
      bytes += this.#count(frame);
      this.#series.initial.value++;
    }
  }

  #fillQueued(batch: T[]): void {
    for (let bytes = 0; batch.length < batchSize && bytes < batchBytes && this.#queueHead < this.#queue.length; ) {
      const { type, entry, object } = this.#queue[this.#queueHead++] as Queued;
      const frame = entry ? this.#frames.event(type, entry) : this.#frames.object(type, object as AnyObject);
      batch.push(frame);
      bytes += this.#count(frame);
    }
    if (this.#queueHead === this.#queue.length) {
      this.#queue = [];
      this.#queueHead = 0;
    }
  }

  /** Counts a frame and gives how many bytes it has; objects within the process are shared. */
  #count(frame: T): number {
    this.#series.events.value++;
    if (!(frame instanceof Uint8Array)) return 0;
    this.#series.sizes.observe(frame.length);
    return frame.length;
  }

  #tellListed(): void {
    if (this.#query.sendInitialEvents !== true) return;
    const { metrics, clock } = this.#server;
    const { resource, info } = this.#call;
    const scope = info.name !== "" ? "resource" : info.namespace === "" ? "cluster" : "namespace";
    metrics.watches.listed(resource, scope, (clock.now() - this.#began) / 1000);
  }

  #end(): void {
    if (this.#ended) return;
    this.#release();
    this.#sink.end();
  }

  #release(): void {
    this.#ended = true;
    this.#subscription?.close();
    for (const timer of this.#timers) timer.cancel();
    this.#timers = [];
    this.#queue = [];
    this.#queueHead = 0;
    this.#initial = undefined;
    this.#server.closing.removeEventListener("abort", this.#onAbort);
    this.#call.resource.ended?.removeEventListener("abort", this.#onAbort);
    this.#call.request.signal?.removeEventListener("abort", this.#onAbort);
  }
}
