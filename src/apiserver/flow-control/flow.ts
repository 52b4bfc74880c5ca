import type { Identity } from "../request.ts";
import type { RequestInfo } from "../route.ts";
import type { FlowTallies } from "./flow-tallies.ts";
import type { PriorityLevel } from "./priority-level.ts";

/** A flow schema as requests meet it, and what is counted of those that it takes. */
export interface Flow {
  readonly name: string;
  readonly uid: string;
  readonly level: PriorityLevel;
  matches(user: Identity, info: RequestInfo): boolean;
  distinguisher(user: Identity, info: RequestInfo): string;
  readonly tallies: FlowTallies;
}
