import type { Pick } from "../field-paths.ts";

/** What a story is written with. */
export interface Dice {
  pick: Pick;
  /** True in that share of cases. */
  chance(share: number): boolean;
  random(): number;
}
