/** One place in which two trees differ. */
export interface Difference {
  /** `body.metadata.labels.app` */
  path: string;
  /** Undefined: absent. */
  theirs: unknown;
  ours: unknown;
}

export function differences(theirs: unknown, ours: unknown, path = ""): Difference[] {
  if (theirs === ours) return [];
  if (path.endsWith(".managedFields") && Array.isArray(theirs) && Array.isArray(ours)) return eachOf(byOwner(theirs), byOwner(ours), path);
  return eachOf(theirs, ours, path);
}

/** The server orders owners by the second in which they wrote: two runs may differ. */
function byOwner(entries: readonly unknown[]): unknown[] {
  const owner = (entry: unknown) => {
    const { manager, operation, subresource = "", apiVersion } = entry as Record<string, unknown>;
    return `${manager} ${operation} ${subresource} ${apiVersion}`;
  };
  return entries.toSorted((a, b) => (owner(a) < owner(b) ? -1 : 1));
}

function eachOf(theirs: unknown, ours: unknown, path: string): Difference[] {
  if (isObject(theirs) && isObject(ours) && Array.isArray(theirs) === Array.isArray(ours)) {
    const keys = new Set([...Object.keys(theirs), ...Object.keys(ours)]);
    return Array.from(keys).flatMap((key) => {
      const isIndex = Array.isArray(theirs);
      const child = isIndex ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
      return differences(theirs[key], ours[key], child);
    });
  }
  return [{ path, theirs, ours }];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

export function printed(difference: Difference, limit = 2000): string {
  const { path, theirs, ours } = difference;
  const [their, our] = [textOf(theirs), textOf(ours)];
  // What long texts have in common at their beginning is of no interest.
  let same = 0;
  if (their.length > limit || our.length > limit) while (same < our.length && their[same] === our[same]) same++;
  const from = Math.max(0, same - contextLength);
  const shown = (text: string) => `${from > 0 ? "… " : ""}${text.slice(from, from + limit)}${text.length > from + limit ? " …" : ""}`;
  return `${path}\n      upstream ${shown(their)}\n      kybern   ${shown(our)}`;
}

const contextLength = 100;

function textOf(value: unknown): string {
  return value === undefined ? "absent" : (JSON.stringify(value) ?? String(value));
}
