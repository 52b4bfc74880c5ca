/** Letters and digits that can't spell words by accident; index 0 to 15 stand for the digits of a hash. */
const safeAlphabet = "bcdfghjklmnpqrstvwxz2456789";

/** A short name part that stands for `value`, the same for equal values whatever the order of their fields. */
export function stableHash(value: unknown, collisionCount?: number): string {
  let hash = 0x811c9dc5;
  const text = canonicalJson(value) + (collisionCount === undefined ? "" : `#${collisionCount}`);
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
    if (unit > 0xff) hash = Math.imul(hash ^ (unit >>> 8), 0x01000193);
  }
  return safeEncode(String(hash >>> 0));
}

/** Maps each character into the alphabet of generated names. */
function safeEncode(text: string): string {
  let encoded = "";
  for (let index = 0; index < text.length; index++) encoded += safeAlphabet[text.charCodeAt(index) % safeAlphabet.length];
  return encoded;
}

/** JSON with the keys in order and what is undefined left out. */
export function canonicalJson(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const parts: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const part = (value as Record<string, unknown>)[key];
    if (part !== undefined) parts.push(`${JSON.stringify(key)}:${canonicalJson(part)}`);
  }
  return `{${parts.join(",")}}`;
}
