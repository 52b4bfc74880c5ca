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
  const shown = (value: unknown) => {
    if (value === undefined) return "absent";
    const text = JSON.stringify(value) ?? String(value);
    return text.length > limit ? `${text.slice(0, limit)} …` : text;
  };
  const { path, theirs, ours } = difference;
  return `${path}\n      upstream ${shown(theirs)}\n      kybern   ${shown(ours)}`;
}
