import { expired, internalError, StatusError, tooManyRequests } from "../../machinery/errors.ts";
import type { MemoryState, MemoryWatch } from "./memory-state.ts";

export type Verb = "get" | "list" | "watch" | "create" | "update" | "patch" | "delete" | "deletecollection";

/** One call of a memory client. */
export interface Action {
  verb: Verb;
  resource: string;
  subresource?: string;
  namespace?: string;
  name?: string;
  /** What was sent, copied. */
  body?: unknown;
}

/** Which calls are meant; what is absent matches all. `verb: "write"` is every verb that changes something. */
export interface ActionMatch {
  verb?: Verb | "write";
  resource?: string;
  subresource?: string;
  namespace?: string;
  name?: string;
}

/** Trouble on command. */
export interface MemoryFaults {
  /**
   * The next `times` matching calls reject: with this error, or with that of an HTTP code: 409, 410, 429 (retry after 1 s),
   * 500, 503. `times: Infinity` until `heal`.
   */
  fail(error: Error | number, match?: ActionMatch, times?: number): void;
  /** Runs before the next `times` matching calls: changes what they will find, or holds them back with a promise. */
  before(match: ActionMatch, callback: (action: Action) => void | Promise<void>, times?: number): void;
  /** Takes all failures and hooks back. */
  heal(): void;
  /** Breaks the open watches: with an error, or as if the server had ended them. Events not yet taken are lost. */
  dropWatches(resource?: string, error?: Error): void;
  /** Forgets the log: watches and lists from an earlier resource version get 410. */
  compact(): void;
  /** Open watches get 410, and watching from an earlier resource version too. */
  expireWatches(resource?: string): void;
  /** Open watches stay open and silent until `resume`. */
  stall(resource?: string): void;
  resume(): void;
  /** Open watches get a bookmark with the newest resource version. */
  bookmark(resource?: string): void;
  /** How many watches are open. */
  openWatches(resource?: string): number;
}

interface Hook {
  match: ActionMatch;
  left: number;
  run(action: Action): void | Promise<void>;
}

export function createFaults(state: MemoryState): { faults: MemoryFaults; trip(action: Action): Promise<void> | undefined } {
  const hooks: Hook[] = [];
  const watches = (resource?: string): MemoryWatch[] =>
    [...state.watches].filter((watch) => resource === undefined || watch.collection.split(".")[0] === resource);
  const tooOld = () => expired(`too old resource version: ${state.revision - 1} (${state.revision})`);

  const trip = async (action: Action): Promise<void> => {
    for (const hook of [...hooks]) {
      if (hook.left <= 0 || !matches(action, hook.match)) continue;
      hook.left--;
      if (hook.left <= 0) hooks.splice(hooks.indexOf(hook), 1);
      await hook.run(action);
    }
  };

  const faults: MemoryFaults = {
    fail(error, match = {}, times = 1) {
      const run = () => {
        throw typeof error === "number" ? errorOf(error) : error;
      };
      hooks.push({ match, left: times, run });
    },
    before(match, run, times = 1) {
      hooks.push({ match, left: times, run });
    },
    heal() {
      hooks.length = 0;
    },
    dropWatches(resource, error) {
      for (const watch of watches(resource)) watch.end(error);
    },
    compact() {
      state.log.length = 0;
      state.compacted = state.revision;
    },
    expireWatches(resource) {
      state.log.length = 0;
      state.compacted = ++state.revision;
      for (const watch of watches(resource)) watch.end(tooOld());
    },
    stall(resource) {
      for (const watch of watches(resource)) watch.stalled = true;
    },
    resume() {
      for (const watch of state.watches) {
        watch.stalled = false;
        watch.flush();
      }
    },
    bookmark(resource) {
      for (const watch of watches(resource)) {
        watch.push({ type: "BOOKMARK", object: { metadata: { resourceVersion: String(state.revision) } } });
      }
    },
    openWatches: (resource) => watches(resource).length,
  };
  return { faults, trip: (action) => (hooks.length === 0 ? undefined : trip(action)) };
}

const readVerbs: readonly Verb[] = ["get", "list", "watch"];

function matches(action: Action, match: ActionMatch): boolean {
  if (match.verb === "write" ? readVerbs.includes(action.verb) : match.verb !== undefined && match.verb !== action.verb) return false;
  return (["resource", "subresource", "namespace", "name"] as const).every((key) => match[key] === undefined || match[key] === action[key]);
}

function errorOf(code: number): StatusError {
  switch (code) {
    case 409:
      return new StatusError(409, "Conflict", "Operation cannot be fulfilled: injected conflict");
    case 410:
      return expired("too old resource version: injected");
    case 429:
      return tooManyRequests("Too many requests, please try again later.", 1);
    case 503:
      return new StatusError(503, "ServiceUnavailable", "injected: the server is unavailable");
    default:
      return code === 500 ? internalError("injected") : new StatusError(code, "", `injected: ${code}`);
  }
}
