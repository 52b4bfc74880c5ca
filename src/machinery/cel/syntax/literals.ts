/** Text and bytes of quoted literals. */

const simple: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  "\\": 92,
  "'": 39,
  '"': 34,
  "`": 96,
  "?": 63,
};

/** The text between the quotes, and whether backslashes stand for themselves. */
function unquote(literal: string): { body: string; raw: boolean } {
  let text = literal.replaceAll("\r\n", "\n").replaceAll("\r", "\n");
  const raw = text[0] === "r" || text[0] === "R";
  if (raw) text = text.slice(1);
  const triple = text.length >= 6 && (text.startsWith("'''") || text.startsWith('"""'));
  return { body: triple ? text.slice(3, -3) : text.slice(1, -1), raw };
}

/** The text, or what is wrong with the literal. */
export function unescapeText(literal: string): { value: string } | { error: string } {
  const { body, raw } = unquote(literal);
  if (raw || !body.includes("\\")) return { value: body };
  let value = "";
  for (let at = 0; at < body.length; ) {
    const char = body[at] as string;
    if (char !== "\\") {
      value += char;
      at++;
      continue;
    }
    const { code, length } = readEscape(body, at);
    if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return { error: "invalid unicode code point" };
    value += String.fromCodePoint(code);
    at += length;
  }
  return { value };
}

/** In bytes, `\x` and octal escapes are bytes and not code points. */
export function unescapeBytes(literal: string): { value: Uint8Array } | { error: string } {
  const { body, raw } = unquote(literal);
  const encoder = new TextEncoder();
  if (raw || !body.includes("\\")) return { value: encoder.encode(body) };
  const bytes: number[] = [];
  for (let at = 0; at < body.length; ) {
    const point = String.fromCodePoint(body.codePointAt(at) as number);
    if (point !== "\\") {
      bytes.push(...encoder.encode(point));
      at += point.length;
      continue;
    }
    if (body[at + 1] === "u" || body[at + 1] === "U") return { error: "unable to unescape string" };
    const { code, length } = readEscape(body, at);
    bytes.push(code & 0xff);
    at += length;
  }
  return { value: new Uint8Array(bytes) };
}

/** The tokens have only whole escapes. */
function readEscape(body: string, at: number): { code: number; length: number } {
  const kind = body[at + 1] as string;
  const known = simple[kind];
  if (known !== undefined) return { code: known, length: 2 };
  const digits = kind === "u" ? 4 : kind === "U" ? 8 : 2;
  if (/[xXuU]/.test(kind)) return { code: Number.parseInt(body.slice(at + 2, at + 2 + digits), 16), length: 2 + digits };
  return { code: Number.parseInt(body.slice(at + 1, at + 4), 8), length: 4 };
}
