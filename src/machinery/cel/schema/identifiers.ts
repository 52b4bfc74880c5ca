/** Field names as identifiers of expressions, in which `.`, `-`, `/`, `__` and reserved words can't stand for themselves. */

const reserved = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(" "),
);

/** Undefined of names that expressions can't use. */
export function escapeIdentifier(name: string): string | undefined {
  if (name === "" || /^[0-9]/.test(name)) return undefined;
  if (reserved.has(name)) return `__${name}__`;
  if (/^[A-Za-z0-9_]*$/.test(name) && !name.includes("__")) return name;
  if (!/^[A-Za-z0-9_./-]*$/.test(name)) return undefined;
  return name.replace(/__|[.\-/]/g, (part) => escapes[part] as string);
}

const escapes: Readonly<Record<string, string>> = {
  __: "__underscores__",
  ".": "__dot__",
  "-": "__dash__",
  "/": "__slash__",
};
const unescapes: Readonly<Record<string, string>> = { underscores: "__", dot: ".", dash: "-", slash: "/" };

/** Undefined of what is no escaped name. */
export function unescapeIdentifier(escaped: string): string | undefined {
  if (!escaped.includes("__")) return escaped;
  let isFine = true;
  const name = escaped.replace(/__[^_]+__/g, (part) => {
    const inner = part.slice(2, -2);
    const plain = unescapes[inner];
    if (plain !== undefined) return plain;
    if (!reserved.has(inner) || part.length !== escaped.length) isFine = false;
    return inner;
  });
  return isFine ? name : undefined;
}
