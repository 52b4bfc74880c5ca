import type { ApiResponse, OpenStream, Sink, WatchEventObject } from "../apiserver/request.ts";
import type { RequestInfo } from "../apiserver/route.ts";
import { conflict, expired, internalError, optimisticLockText, StatusError, serviceUnavailable } from "../machinery/errors.ts";
import { type Duration, milliseconds } from "./durations.ts";
import type { Fault, FaultMatch, Faults } from "./faults.ts";
import { checkKeys } from "./known-keys.ts";
import { nearest } from "./nearest.ts";

/** A request, as far as faults tell requests apart. */
export interface Subject {
  info: RequestInfo;
  user: string;
  component: boolean;
}

interface ActiveFault {
  match: FaultMatch;
  left: number;
  hits: number;
  error?: (info: RequestInfo) => StatusError;
  delayMilliseconds: number;
}

interface OpenWatch {
  subject: Subject;
  drop(gone: boolean): void;
  stall(): void;
}

/** The faults of one cluster, and the watches that they can drop. */
export class FaultTable implements Faults {
  readonly #faults = new Set<ActiveFault>();
  readonly #watches = new Set<OpenWatch>();

  get isEmpty(): boolean {
    return this.#faults.size === 0;
  }

  conflict(match: FaultMatch = {}): Fault {
    const error = ({ group, resource, name }: RequestInfo) => conflict({ group, resource }, name, optimisticLockText);
    return this.#add({ verb: ["update", "patch"], ...match }, { error });
  }

  unavailable(match: FaultMatch = {}): Fault {
    return this.#add(match, { error: () => serviceUnavailable("the server is currently unable to handle the request") });
  }

  fail(error: StatusError | number, match: FaultMatch = {}): Fault {
    if (typeof error === "number" && !(error >= 400 && error < 600))
      throw new TypeError(`the code of an error is one of 400 to 599; not ${error}`);
    return this.#add(match, { error: typeof error === "number" ? () => errorOfCode(error) : () => error });
  }

  latency(delay: Duration, match: FaultMatch = {}): Fault {
    return this.#add(match, { delayMilliseconds: milliseconds(delay) });
  }

  watchDrop({ gone = false, ...match }: Omit<FaultMatch, "verb" | "times"> & { gone?: boolean } = {}): number {
    checkMatch(match);
    const dropped = [...this.#watches].filter(({ subject }) => matches(match, subject));
    for (const watch of dropped) watch.drop(gone);
    return dropped.length;
  }

  watchStall(match: Omit<FaultMatch, "verb" | "times"> = {}): number {
    checkMatch(match);
    const stalled = [...this.#watches].filter(({ subject }) => matches(match, subject));
    for (const watch of stalled) watch.stall();
    return stalled.length;
  }

  clear(): void {
    this.#faults.clear();
  }

  /** What a request meets: a delay, an error. Counts it as hit. */
  meet(subject: Subject): { delayMilliseconds: number; error: StatusError | undefined } {
    let delay = 0;
    for (const fault of this.#faults) {
      if (!matches(fault.match, subject)) continue;
      fault.hits++;
      if (--fault.left <= 0) this.#faults.delete(fault);
      delay += fault.delayMilliseconds;
      if (fault.error) return { delayMilliseconds: delay, error: fault.error(subject.info) };
    }
    return { delayMilliseconds: delay, error: undefined };
  }

  /** The answer to a watch, which can be dropped or stalled from now on. A stalled one ends with one of the signals. */
  follow(subject: Subject, response: ApiResponse, signals: readonly AbortSignal[], ended: () => void = () => {}): ApiResponse {
    const { body } = response;
    if (body.form === "events") {
      const last = (): WatchEventObject[] => [
        { type: "ERROR", object: { ...goneStatus().status } as unknown as WatchEventObject["object"] },
      ];
      return { ...response, body: { form: "events", open: (sink) => this.#open(subject, body.open, sink, { last, signals, ended }) } };
    }
    if (body.form === "stream") {
      const last = () => [new TextEncoder().encode(`${JSON.stringify({ type: "ERROR", object: goneStatus().status })}\n`)];
      return { ...response, body: { form: "stream", open: (sink) => this.#open(subject, body.open, sink, { last, signals, ended }) } };
    }
    ended();
    return response;
  }

  #open<T>(
    subject: Subject,
    open: (sink: Sink<T>) => OpenStream,
    sink: Sink<T>,
    { last, signals, ended }: { last(): readonly T[]; signals: readonly AbortSignal[]; ended(): void },
  ): OpenStream {
    let over = false;
    let stalled = false;
    const watch: OpenWatch = {
      subject,
      drop: (gone) => {
        if (over) return;
        stopListening();
        end();
        stream.close();
        if (gone) sink.write(last());
        sink.end();
      },
      stall: () => {
        if (over || stalled) return;
        stalled = true;
        for (const signal of signals) signal.addEventListener("abort", giveUp, { once: true });
      },
    };
    const giveUp = () => {
      stopListening();
      end();
      stream.close();
      sink.end();
    };
    const stopListening = () => {
      for (const signal of signals) signal.removeEventListener("abort", giveUp);
    };
    const end = () => {
      if (over) return;
      over = true;
      ended();
      this.#watches.delete(watch);
    };
    this.#watches.add(watch);
    const stream = open({
      write: (items) => stalled || sink.write(items),
      end() {
        end();
        if (!stalled) sink.end();
      },
    });
    return {
      drained: () => stream.drained(),
      close() {
        stopListening();
        end();
        stream.close();
      },
    };
  }

  /** Throws a `TypeError` where nothing could ever match. */
  #add(match: FaultMatch, effect: { error?: ActiveFault["error"]; delayMilliseconds?: number }): Fault {
    checkMatch(match);
    const fault: ActiveFault = { match, left: match.times ?? Number.POSITIVE_INFINITY, hits: 0, delayMilliseconds: 0, ...effect };
    this.#faults.add(fault);
    return {
      get hits() {
        return fault.hits;
      },
      remove: () => {
        this.#faults.delete(fault);
      },
    };
  }
}

const reads = new Set(["get", "list", "watch"]);
const verbs = [...reads, "create", "update", "patch", "delete", "deletecollection", "write"];
const known: Readonly<Record<keyof FaultMatch, true>> = {
  verb: true,
  resource: true,
  namespace: true,
  name: true,
  user: true,
  times: true,
};

function checkMatch(match: FaultMatch): void {
  checkKeys("a fault", match, known);
  const { verb = [] } = match;
  for (const each of typeof verb === "string" ? [verb] : verb)
    if (!verbs.includes(each)) throw new TypeError(`there is no verb "${each}"${nearest(each, verbs)}; there are: ${verbs.join(", ")}`);
}

function matches(match: FaultMatch, { info, user, component }: Subject): boolean {
  if (!info.isResourceRequest) return false;
  if (match.user === undefined ? component : match.user !== "*" && match.user !== user) return false;
  const { verb } = match;
  if (verb === "write" ? reads.has(info.verb) : verb !== undefined && !(typeof verb === "string" ? [verb] : verb).includes(info.verb))
    return false;
  if (match.namespace !== undefined && match.namespace !== info.namespace) return false;
  if (match.name !== undefined && match.name !== info.name) return false;
  if (match.resource === undefined) return true;
  const [resource = "", subresource] = match.resource.split("/");
  if (subresource !== undefined && subresource !== info.subresource) return false;
  return resource === info.resource || resource === `${info.resource}.${info.group}`;
}

function goneStatus(): StatusError {
  return expired("The resourceVersion for the provided watch is too old.");
}

const reasons: Readonly<Record<number, [reason: string, message: string]>> = {
  400: ["BadRequest", "the server rejected our request for an unknown reason"],
  401: ["Unauthorized", "Unauthorized"],
  403: ["Forbidden", "forbidden"],
  404: ["NotFound", "the server could not find the requested resource"],
  409: ["Conflict", "the server reported a conflict"],
  410: ["Expired", "the resource version that was asked for is too old"],
  429: ["TooManyRequests", "the server has received too many requests and has asked us to try again later"],
  503: ["ServiceUnavailable", "the server is currently unable to handle the request"],
  504: ["Timeout", "the server was unable to return a response in the time allotted"],
};

function errorOfCode(code: number): StatusError {
  const [reason, message] = reasons[code] ?? ["", `a fault of code ${code}`];
  if (code === 500) return internalError(message);
  return new StatusError(code, reason, message, code === 429 ? { retryAfterSeconds: 1 } : undefined);
}
