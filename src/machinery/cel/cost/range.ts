/** Sizes and costs from the least to the most, in 64 bits: what would be more is the most that there is. */
export interface Range {
  readonly min: bigint;
  readonly max: bigint;
}

const most = 18446744073709551615n;

export const unknown: Range = { min: 0n, max: most };

export const fixed = (count: bigint): Range => ({ min: count, max: count });

const capped = (count: bigint) => (count > most ? most : count);

export function add(a: Range, b: Range): Range {
  return { min: capped(a.min + b.min), max: capped(a.max + b.max) };
}

export function multiply(a: Range, b: Range): Range {
  return { min: capped(a.min * b.min), max: capped(a.max * b.max) };
}

export function union(a: Range, b: Range): Range {
  const max = least(a.max, b.max) === a.max ? b.max : a.max;
  return { min: least(a.min, b.min), max };
}

export function least(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}

/** By a factor that need not be whole, rounded up. Large numbers lose digits, as upstream's do. */
export function scale(range: Range, factor: number): Range {
  return { min: scaled(range.min, factor), max: scaled(range.max, factor) };
}

function scaled(count: bigint, factor: number): bigint {
  const product = Math.ceil(Number(count) * factor);
  return product >= 2 ** 64 ? most : capped(BigInt(product));
}
