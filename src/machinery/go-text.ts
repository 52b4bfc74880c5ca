/** A value of JSON as Go's `%v` prints it, which is how it stands in upstream's messages. */
export function goText(value: unknown): string {
  if (value === null || value === undefined) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(goText).join(" ")}]`;
  if (typeof value !== "object") return String(value);
  const fields = value as Record<string, unknown>;
  const parts = Object.keys(fields).sort();
  return `map[${parts.map((name) => `${name}:${goText(fields[name])}`).join(" ")}]`;
}
