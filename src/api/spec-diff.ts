import { goJson } from "../machinery/errors.ts";
import { internalForm } from "./internal-form.ts";

const contextLines = 3;
/** From so many lines on, those that are found all over the text start no match. */
const popularFrom = 200;

/**
 * The difference of two values for a person to read, as upstream puts it into its messages: a unified diff of the values as
 * its server has them in memory. `type` is a reference into the tables.
 */
export function specDiff(type: string, old: unknown, next: unknown): string {
  const before = linesOf(internalForm(type, old));
  const after = linesOf(internalForm(type, next));
  const out: string[] = [];
  for (const hunk of hunksOf(changesOf(before, after))) {
    const first = hunk[0] as Change;
    const last = hunk.at(-1) as Change;
    out.push(`@@ -${rangeText(first.oldStart, last.oldEnd)} +${rangeText(first.newStart, last.newEnd)} @@`);
    for (const { equal, oldStart, oldEnd, newStart, newEnd } of hunk) {
      for (const line of before.slice(oldStart, oldEnd)) out.push(`${equal ? " " : "-"}${line}`);
      if (!equal) for (const line of after.slice(newStart, newEnd)) out.push(`+${line}`);
    }
  }
  return `${out.join("\n")}\n`;
}

function linesOf(value: unknown): string[] {
  return goJson(value, 1).split("\n");
}

function rangeText(start: number, end: number): string {
  const length = end - start;
  if (length === 1) return `${start + 1}`;
  return `${length === 0 ? start : start + 1},${length}`;
}

/** A stretch of lines that both have, or that one or both have of their own. */
interface Change {
  equal: boolean;
  oldStart: number;
  oldEnd: number;
  newStart: number;
  newEnd: number;
}

interface Match {
  old: number;
  next: number;
  size: number;
}

/** Finds the longest common stretch, then those on its two sides: what upstream's differ does, and other differs don't. */
function changesOf(old: readonly string[], next: readonly string[]): Change[] {
  const places = new Map<string, number[]>();
  for (const [index, line] of next.entries()) {
    const known = places.get(line);
    if (known) known.push(index);
    else places.set(line, [index]);
  }
  if (next.length >= popularFrom) {
    const limit = Math.floor(next.length / 100) + 1;
    for (const [line, indices] of places) if (indices.length > limit) places.delete(line);
  }
  const matches: Match[] = [];
  collect(old, next, places, [0, old.length, 0, next.length], matches);
  matches.push({ old: old.length, next: next.length, size: 0 });
  const changes: Change[] = [];
  let i = 0;
  let j = 0;
  for (const match of matches) {
    if (i < match.old || j < match.next) {
      changes.push({ equal: false, oldStart: i, oldEnd: match.old, newStart: j, newEnd: match.next });
    }
    i = match.old + match.size;
    j = match.next + match.size;
    const last = changes.at(-1);
    if (match.size === 0) continue;
    if (last?.equal && last.oldEnd === match.old) Object.assign(last, { oldEnd: i, newEnd: j });
    else changes.push({ equal: true, oldStart: match.old, oldEnd: i, newStart: match.next, newEnd: j });
  }
  return changes;
}

type Window = readonly [oldStart: number, oldEnd: number, newStart: number, newEnd: number];

function collect(
  old: readonly string[],
  next: readonly string[],
  places: ReadonlyMap<string, readonly number[]>,
  window: Window,
  matches: Match[],
): void {
  const match = longestMatch(old, next, places, window);
  if (match.size === 0) return;
  const [oldStart, oldEnd, newStart, newEnd] = window;
  if (oldStart < match.old && newStart < match.next) collect(old, next, places, [oldStart, match.old, newStart, match.next], matches);
  matches.push(match);
  const [oldRest, newRest] = [match.old + match.size, match.next + match.size];
  if (oldRest < oldEnd && newRest < newEnd) collect(old, next, places, [oldRest, oldEnd, newRest, newEnd], matches);
}

function longestMatch(
  old: readonly string[],
  next: readonly string[],
  places: ReadonlyMap<string, readonly number[]>,
  [oldStart, oldEnd, newStart, newEnd]: Window,
): Match {
  const best: Match = { old: oldStart, next: newStart, size: 0 };
  let lengths = new Map<number, number>();
  for (let i = oldStart; i < oldEnd; i++) {
    const longer = new Map<number, number>();
    for (const j of places.get(old[i] as string) ?? []) {
      if (j < newStart) continue;
      if (j >= newEnd) break;
      const size = (lengths.get(j - 1) ?? 0) + 1;
      longer.set(j, size);
      if (size > best.size) Object.assign(best, { old: i - size + 1, next: j - size + 1, size });
    }
    lengths = longer;
  }
  while (best.old > oldStart && best.next > newStart && old[best.old - 1] === next[best.next - 1]) {
    best.old--;
    best.next--;
    best.size++;
  }
  while (best.old + best.size < oldEnd && best.next + best.size < newEnd && old[best.old + best.size] === next[best.next + best.size]) {
    best.size++;
  }
  return best;
}

/** Changes with a few equal lines around them; what lies close together is told as one. */
function hunksOf(changes: Change[]): Change[][] {
  const hunks: Change[][] = [];
  let hunk: Change[] = [];
  for (const [index, change] of changes.entries()) {
    const { equal, oldStart, oldEnd, newStart, newEnd } = change;
    if (!equal) {
      hunk.push(change);
      continue;
    }
    const head = { ...change, oldEnd: Math.min(oldEnd, oldStart + contextLines), newEnd: Math.min(newEnd, newStart + contextLines) };
    const tail = { ...change, oldStart: Math.max(oldStart, oldEnd - contextLines), newStart: Math.max(newStart, newEnd - contextLines) };
    if (index === 0) hunk = [tail];
    else if (index === changes.length - 1) hunk.push(head);
    else if (oldEnd - oldStart > 2 * contextLines) {
      hunks.push([...hunk, head]);
      hunk = [tail];
    } else hunk.push(change);
  }
  if (hunk.some(({ equal }) => !equal)) hunks.push(hunk);
  return hunks;
}
