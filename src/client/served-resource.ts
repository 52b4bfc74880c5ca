import type { ResourceRef } from "../machinery/resource-ref.ts";

/** A resource that a server serves, as its discovery documents tell: what controllers of "everything" go through. */
export interface ServedResource extends ResourceRef {
  readonly verbs: readonly string[];
}

/** Asks for what is served now. Rejects when discovery fails; custom kinds come and go, so it is asked anew each time. */
export type Discover = () => Promise<ServedResource[]>;
