/**
 * Integers of 64 bits beyond the safe ones are bigints in objects, and so tell themselves from numbers that are as large.
 * `JSON.stringify` refuses them: whatever writes an object writes it with `exactJson`.
 */
const leastInteger = -(2n ** 63n);
const greatestInteger = 2n ** 63n - 1n;

/** What stands for an integer. Beyond 64 bits it is the nearest number. */
export function exactInteger(integer: bigint): number | bigint {
  const near = Number(integer);
  return Number.isSafeInteger(near) || integer < leastInteger || integer > greatestInteger ? near : integer;
}

/** What stands for the number that a text of JSON is. */
export function exactNumber(source: string): number | bigint {
  const near = Number(source);
  // Zero has no sign.
  return Number.isSafeInteger(near) || !/^-?\d+$/.test(source) ? near + 0 : exactInteger(BigInt(source));
}

/** As `JSON.stringify`, with bigints as the integers they are. */
export function exactJson(value: unknown, indent?: number): string {
  try {
    return JSON.stringify(value, undefined, indent);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(value, withIntegers, indent);
  }
}

/** Of newer engines than the language that this is checked against. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

function withIntegers(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? rawJSON(String(value)) : value;
}

/** A value as Go writes what has no type: the fields of its maps by their names. */
export function withSortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSortedKeys);
  if (typeof value !== "object" || value === null) return value;
  const fields = value as Record<string, unknown>;
  return Object.fromEntries(
    Object.keys(fields)
      .sort()
      .map((name) => [name, withSortedKeys(fields[name])]),
  );
}
