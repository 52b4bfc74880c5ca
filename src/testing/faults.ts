import type { StatusError } from "../machinery/errors.ts";
import type { Duration } from "./durations.ts";

/** Which requests are meant. What is absent matches all; without `user`, all but those of the cluster's own components. */
export interface FaultMatch {
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`, or `write` for all that change something. */
  verb?: string | readonly string[];
  /** `deployments`, `deployments.apps`, `pods/status`. */
  resource?: string;
  namespace?: string;
  name?: string;
  /** The name of who asks; `*` for everyone, the cluster's own components too. */
  user?: string;
  /** How many requests are hit; all until it is removed, unless told. */
  times?: number;
}

/** A fault that is at work. */
export interface Fault {
  /** How many requests it has hit. */
  readonly hits: number;
  remove(): void;
}

/** Trouble on command. */
export interface Faults {
  /** Matching requests are answered with 409, as if somebody else had been faster. Updates and patches unless told. */
  conflict(match?: FaultMatch): Fault;
  /** Matching requests are answered with 503. */
  unavailable(match?: FaultMatch): Fault;
  /** Matching requests are answered with this error, or with one of this code: 410, 429, 500 … */
  fail(error: StatusError | number, match?: FaultMatch): Fault;
  /** Matching requests wait so long before they are looked at. The cluster's time passes meanwhile. */
  latency(delay: Duration, match?: FaultMatch): Fault;
  /** Ends open watches now; with `gone` they get 410 first, so that their client must list anew. Returns how many. */
  watchDrop(match?: Omit<FaultMatch, "verb" | "times"> & { gone?: boolean }): number;
  /**
   * Open watches fall silent now: nothing comes any more, not even their end, until whoever watches gives up. Informers do when neither an
   * event nor a bookmark has come for eight minutes of virtual time, or two and a half of real time over HTTPS. Returns how many.
   */
  watchStall(match?: Omit<FaultMatch, "verb" | "times">): number;
  /** Takes all back. */
  clear(): void;
}
