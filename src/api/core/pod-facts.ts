import type { PodSpec, Volume } from "./v1.ts";

/** What the checks of one container need to know of its pod. */
export interface PodFacts {
  spec: Readonly<PodSpec>;
  /** The valid volumes, by name. */
  volumes: ReadonlyMap<string, Volume>;
  /** The names of `spec.resourceClaims`. */
  claims: ReadonlySet<string>;
  hostUsers: boolean;
  /** A pod rather than the template of one. */
  isPod: boolean;
}
