import type { Difference } from "./differences.ts";

/** A difference on purpose. Each has its line in docs/differences.md. */
export interface Known {
  /** Absent: in every area. */
  area?: string;
  /** The sequence's name or a pattern for it; absent: in every sequence. */
  sequence?: string | RegExp;
  /** Where in the answer. */
  path: RegExp;
  /** What upstream answers there, where only that is meant. */
  theirs?: RegExp;
  reason: string;
}

export const known: readonly Known[] = [
  {
    path: /^body\.status\.(currentMetrics|conditions)$/,
    theirs: /^null$/,
    reason: "lists without a value are absent",
  },
];

export function reasonOf(area: string, sequence: string, { path, theirs }: Difference): string | undefined {
  return known.find(
    (one) =>
      (one.area === undefined || one.area === area) &&
      (one.sequence === undefined || (typeof one.sequence === "string" ? one.sequence === sequence : one.sequence.test(sequence))) &&
      one.path.test(path) &&
      (one.theirs === undefined || one.theirs.test(JSON.stringify(theirs) ?? "absent")),
  )?.reason;
}
