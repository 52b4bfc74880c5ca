import { type AnyObject, deepEqual } from "../machinery/object.ts";

type Fields = Record<string, unknown>;

/**
 * What differs between a manifest and an object. A field that the manifest leaves out may have any value where `defaulted`, which is what
 * the API server makes of the manifest, has it too. Of the metadata, what the manifest says counts; the status never does.
 */
export function manifestDifferences(manifest: AnyObject, defaulted: AnyObject, object: AnyObject): string[] {
  const differences: string[] = [];
  const { metadata, status: _status, ...wanted } = manifest as AnyObject & { status?: unknown };
  for (const field of ["labels", "annotations"] as const) {
    for (const [key, value] of Object.entries(metadata[field] ?? {})) {
      const actual = object.metadata[field]?.[key];
      if (actual !== value) differences.push(line(`metadata.${field}[${JSON.stringify(key)}]`, value, actual));
    }
  }
  for (const field of new Set([...Object.keys(wanted), ...Object.keys(object)])) {
    if (field === "metadata" || field === "status") continue;
    compare(field, wanted[field], (defaulted as Fields)[field], (object as Fields)[field], differences);
  }
  return differences;
}

function compare(path: string, wanted: unknown, defaulted: unknown, actual: unknown, differences: string[]): void {
  if (wanted === undefined) {
    if (actual !== undefined && defaulted === undefined) differences.push(line(path, undefined, actual));
    return;
  }
  if (Array.isArray(wanted) && Array.isArray(actual)) {
    const others = Array.isArray(defaulted) ? defaulted : [];
    // Beyond what the manifest has, there may be what the server adds.
    for (let i = 0; i < Math.max(wanted.length, actual.length); i++) compare(`${path}[${i}]`, wanted[i], others[i], actual[i], differences);
    return;
  }
  if (isFields(wanted) && isFields(actual)) {
    const others = isFields(defaulted) ? defaulted : {};
    for (const field of new Set([...Object.keys(wanted), ...Object.keys(actual)])) {
      compare(`${path}.${field}`, wanted[field], others[field], actual[field], differences);
    }
    return;
  }
  // Quantities and the like have more than one form: the server's counts as well.
  if (!deepEqual(wanted, actual) && (actual === undefined || !deepEqual(defaulted, actual))) differences.push(line(path, wanted, actual));
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function line(path: string, wanted: unknown, actual: unknown): string {
  const text = (value: unknown) => (value === undefined ? "nothing" : JSON.stringify(value));
  return `${path}: expected ${text(wanted)}, is ${text(actual)}`;
}
