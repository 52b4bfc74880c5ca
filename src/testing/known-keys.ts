import { nearest } from "./nearest.ts";

/** Throws a `TypeError` for what nobody would look at: a word that is misspelt. */
export function checkKeys(what: string, given: object, known: Readonly<Record<string, true>>): void {
  for (const key of Object.keys(given)) {
    if (Object.hasOwn(known, key)) continue;
    const names = Object.keys(known);
    throw new TypeError(`${what} knows no "${key}"${nearest(key, names)}; there are: ${names.join(", ")}`);
  }
}
