/** A copy as JSON would carry it: dates as text, class instances as plain data, undefined and functions left out. */
export function plainCopy(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return typeof value === "function" || typeof value === "symbol" ? undefined : value;
  if (Array.isArray(value)) return value.map((item) => plainCopy(item) ?? null);
  // Nearly all are plain maps: they need none of the questions below.
  if (Object.getPrototypeOf(value) === Object.prototype && !("toJSON" in value)) return plainMap(value);
  // The tag and not `instanceof`: a test runner has its own realm, and perhaps a faked `Date`.
  if (isDate(value)) return Number.isNaN(value.getTime()) ? null : dateText(value);
  if (isBytes(value)) return base64(value);
  const { toJSON } = value as { toJSON?: () => unknown };
  if (typeof toJSON === "function") return plainCopy(toJSON.call(value));
  return plainMap(value);
}

function plainMap(value: object): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const key in value) {
    const part = (value as Record<string, unknown>)[key];
    if (part === undefined) continue;
    const plain = plainCopy(part);
    if (plain !== undefined) copy[key] = plain;
  }
  return copy;
}

function isDate(value: object): value is Date {
  return Object.prototype.toString.call(value) === "[object Date]";
}

function isBytes(value: object): value is Uint8Array {
  return Object.prototype.toString.call(value) === "[object Uint8Array]";
}

/** RFC 3339, with the fraction only where there is one: times of objects have none. */
function dateText(date: Date): string {
  const text = date.toISOString();
  return text.endsWith(".000Z") ? `${text.slice(0, 19)}Z` : text;
}

function base64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}
