/** POSIX classes that Go's syntax has inside of brackets. */
const posixClasses: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  ascii: "\\x00-\\x7F",
  blank: "\\t ",
  cntrl: "\\x00-\\x1F\\x7F",
  digit: "0-9",
  graph: "!-~",
  lower: "a-z",
  print: " -~",
  punct: "!-\\/:-@\\[-`{-~",
  space: "\\t\\n\\v\\f\\r ",
  upper: "A-Z",
  word: "0-9A-Za-z_",
  xdigit: "0-9A-Fa-f",
};

/** A regular expression in Go's syntax. Throws `SyntaxError` where it isn't one. */
export function compileGoPattern(pattern: string): RegExp {
  const { source, flags } = translate(pattern);
  try {
    return new RegExp(source, `${flags}u`);
  } catch {
    // Go takes escapes of characters that need none.
    return new RegExp(source, flags);
  }
}

function translate(pattern: string): { source: string; flags: string } {
  const leading = /^\(\?([imsU]+)\)/.exec(pattern);
  const flags = [...(leading?.[1] ?? "")].filter((flag) => flag !== "U").join("");
  const source = pattern
    .slice(leading?.[0].length ?? 0)
    .replaceAll("(?P<", "(?<")
    .replace(/\\([AzZ])/g, (_, anchor: string) => (anchor === "A" ? "^" : "$"))
    .replace(/\\[pP](\p{Lu}\p{Ll}?)(?![\p{L}}])/gu, (text, name: string) => `${text.slice(0, 2)}{${name}}`)
    .replace(/\[:(\^?)([a-z]+):\]/g, (text, negated: string, name: string) => (negated ? text : (posixClasses[name] ?? text)));
  return { source, flags };
}
