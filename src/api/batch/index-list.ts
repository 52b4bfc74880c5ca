/** A list of a job's indexes: `0,3-5,7`. */
export interface IndexList {
  /** How many there are. */
  total: number;
  intervals: readonly (readonly [first: number, last: number])[];
}

/** Reads a list of indexes below `completions`. A text tells what is wrong with it. */
export function parseIndexList(text: string, completions: number): IndexList | string {
  const intervals: [number, number][] = [];
  let total = 0;
  if (text === "") return { total, intervals };
  for (const part of text.split(",")) {
    const interval = parseInterval(part, completions);
    if (typeof interval === "string") return interval;
    const previous = intervals.at(-1)?.[1];
    if (previous !== undefined && previous >= interval[0]) return orderText(previous, interval[0]);
    total += interval[1] - interval[0] + 1;
    intervals.push(interval);
  }
  return { total, intervals };
}

/** The first index that both lists have. */
export function overlapOf(one: IndexList, other: IndexList): number | undefined {
  let i = 0;
  let j = 0;
  while (i < one.intervals.length && j < other.intervals.length) {
    const [first, last] = one.intervals[i] as readonly [number, number];
    const [start, end] = other.intervals[j] as readonly [number, number];
    const common = Math.max(first, start);
    if (common <= Math.min(last, end)) return common;
    if (last < end) i++;
    else j++;
  }
  return undefined;
}

function parseInterval(part: string, completions: number): [number, number] | string {
  const limits = part.split("-");
  if (limits.length > 2) {
    return `the fragment ${JSON.stringify(part)} violates the requirement that an index interval can have at most two parts separated by '-'`;
  }
  const numbers: number[] = [];
  for (const limit of limits) {
    if (!/^\+?\d+$/.test(limit)) return `cannot convert string to integer for index: ${JSON.stringify(limit)}`;
    const index = Number(limit);
    if (index >= completions) return `too large index: ${JSON.stringify(limit)}`;
    numbers.push(index);
  }
  const [first, last = first] = numbers as [number, number?];
  return limits.length === 2 && first >= last ? orderText(first, last) : [first, last];
}

function orderText(previous: number, current: number): string {
  return `non-increasing order, previous: ${previous}, current: ${current}`;
}
