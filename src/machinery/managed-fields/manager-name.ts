const maxLength = 128;

/** The manager of a request: the `fieldManager` that it names, else what its User-Agent begins with. */
export function managerName(fieldManager: string | undefined, userAgent: string): string {
  return fieldManager || managerFromUserAgent(userAgent) || "unknown";
}

/** The part before the first slash, printable characters only, at most 128 bytes: `kubectl/v1.36.0 (linux)` is `kubectl`. */
export function managerFromUserAgent(userAgent: string): string {
  const slash = userAgent.indexOf("/");
  const prefix = slash < 0 ? userAgent : userAgent.slice(0, slash);
  if (prefix.length <= maxLength && /^[\x20-\x7e]*$/.test(prefix)) return prefix;
  let name = "";
  let bytes = 0;
  for (const char of prefix) {
    // Letters, marks, numbers, punctuation, symbols and the space, as Go's unicode.IsPrint has it.
    if (!/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(char)) continue;
    const code = char.codePointAt(0)!;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (bytes > maxLength) break;
    name += char;
  }
  return name;
}
