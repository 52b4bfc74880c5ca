import type { ResourceRef } from "../machinery/resource-ref.ts";

/** A resource that a server serves, as its discovery documents tell: what controllers of "everything" go through. */
export interface ServedResource extends ResourceRef {
  readonly verbs: readonly string[];
}

/** Asks for what is served now. Rejects when discovery fails; custom kinds come and go, so it is asked anew each time. */
export type Discover = () => Promise<ServedResource[]>;

/** Discovery found some groups, and some not: those of an aggregated server that is away. */
export class PartialDiscoveryError extends Error {
  readonly served: readonly ServedResource[];
  /** What went wrong, by `group/version`. */
  readonly failures: ReadonlyMap<string, string>;

  constructor(served: readonly ServedResource[], failures: ReadonlyMap<string, string>) {
    const told = [...failures].map(([groupVersion, failure]) => `${groupVersion}: ${failure}`).sort();
    super(`unable to retrieve the complete list of server APIs: ${told.join(", ")}`);
    this.name = "PartialDiscoveryError";
    this.served = served;
    this.failures = failures;
  }
}

/** One version of each resource, the one that is told first: what goes through everything must see no object twice. */
export function oneVersionEach(served: readonly ServedResource[]): ServedResource[] {
  const seen = new Map<string, ServedResource>();
  for (const ref of served) {
    const name = `${ref.resource}.${ref.group}`;
    if (!seen.has(name)) seen.set(name, ref);
  }
  return [...seen.values()];
}
