import type { Base } from "../bases.ts";

/** A kind as stories tell of it: a small object, and changes that people make, some of them refused. */
export interface StoryKind extends Base {
  /** Merge patches. */
  changes: readonly object[];
  /** What a strategic merge patch can say besides. */
  strategic?: readonly object[];
  /** Merge patches of the status. */
  statuses?: readonly object[];
  /** Field selectors that are asked for. */
  fields?: readonly string[];
  /** Subresources besides the status: what is put or patched there. */
  others?: Readonly<Record<string, readonly object[]>>;
}

/** What is special of a kind: all but where its objects lie, and what such an object has, where that isn't as in its base. */
export type KindExtra = Omit<StoryKind, "path" | "object"> & { rest?: object };

export const condition = (type: string, status = "True") => ({
  type,
  status,
  lastTransitionTime: "2024-01-01T00:00:00Z",
  reason: "R",
  message: "m",
});
