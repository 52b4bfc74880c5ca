/** Names whose values never reach a log line, wherever they stand in its fields. In lower case. */
const secretNames = new Set([
  "auth",
  "authorization",
  "clientkey",
  "data",
  "identitytoken",
  "password",
  "privatekey",
  "registrytoken",
  "stringdata",
  "token",
]);

/** Secrets by their form, under whatever name: private keys, signed tokens, what follows `Bearer` or `Basic`. */
const secretForms =
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)|\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*|\bBearer\s+(?!tokens?\b)[\w.~+/=-]{6,}|\bBasic\s+[\w+/=]{16,}/g;

const censored = "[redacted]";
/** What lies deeper is left out: it could not be looked through. */
const depthLimit = 6;

/** Fields of a log line without secrets: whole where the name tells it, in part where a text contains one. */
export function withoutSecrets(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return fieldsOf(fields, depthLimit);
}

function fieldsOf(fields: object, depth: number): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    shown[name] = secretNames.has(name.toLowerCase()) && value !== undefined ? censored : shownValue(value, depth);
  }
  return shown;
}

function shownValue(value: unknown, depth: number): unknown {
  if (typeof value === "string") return shownText(value);
  if (typeof value !== "object" || value === null) return value;
  // A stack only where it helps, for what nobody expected; an error's other fields are of no use in a log.
  if (value instanceof Error)
    return shownText((value.name === "Error" || value.name === "TypeError" ? value.stack : undefined) ?? value.message);
  if (depth === 0) return "[…]";
  if (Array.isArray(value)) return value.map((item) => shownValue(item, depth - 1));
  if (value instanceof Set) return [...value].map((item) => shownValue(item, depth - 1));
  if (value instanceof Map) return fieldsOf(Object.fromEntries(value), depth - 1);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Date) return value;
  return fieldsOf(value, depth - 1);
}

function shownText(text: string): string {
  // Too short for any of the forms: most fields are.
  return text.length < 12 ? text : text.replace(secretForms, censored);
}
