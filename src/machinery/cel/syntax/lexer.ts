import type { Issue } from "./errors.ts";

export type TokenKind = "operator" | "NUM_INT" | "NUM_UINT" | "NUM_FLOAT" | "STRING" | "BYTES" | "IDENTIFIER" | "ESC_IDENTIFIER" | "<EOF>";

export interface Token {
  kind: TokenKind;
  text: string;
  at: number;
}

const escapeSequence = String.raw`\\(?:[abfnrtv"'\\?${"`"}]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2})`;
const quoted = [
  `"""(?:${escapeSequence}|[^\\\\])*?"""`,
  `'''(?:${escapeSequence}|[^\\\\])*?'''`,
  `"(?:${escapeSequence}|[^\\\\"\\n\\r])*"`,
  `'(?:${escapeSequence}|[^\\\\'\\n\\r])*'`,
  `[rR]"""[^]*?"""`,
  `[rR]'''[^]*?'''`,
  `[rR]"[^"\\n\\r]*"`,
  `[rR]'[^'\\n\\r]*'`,
].join("|");

const blank = /(?:[\t \r\n\f]+|\/\/[^\n]*)+/y;
/** In an order in which the first that matches is the longest. */
const rules: readonly [TokenKind, RegExp][] = [
  ["NUM_FLOAT", /(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)/y],
  ["NUM_UINT", /(?:0x[0-9a-fA-F]+|\d+)[uU]/y],
  ["NUM_INT", /0x[0-9a-fA-F]+|\d+/y],
  ["BYTES", new RegExp(`[bB](?:${quoted})`, "y")],
  ["STRING", new RegExp(quoted, "y")],
  ["IDENTIFIER", /[A-Za-z_][A-Za-z0-9_]*/y],
  ["ESC_IDENTIFIER", /`[A-Za-z0-9_./ -]+`/y],
  ["operator", /==|!=|<=|>=|&&|\|\||[<>[\]{}().,\-!?:+*/%]/y],
];
const keywords = new Set(["in", "true", "false", "null"]);

export interface Tokens {
  tokens: Token[];
  issues: Issue[];
}

/** Text that is no token is left out, with a complaint. The last token is `<EOF>`. */
export function tokenize(text: string): Tokens {
  const tokens: Token[] = [];
  const issues: Issue[] = [];
  let at = 0;
  while (true) {
    blank.lastIndex = at;
    at += blank.exec(text)?.[0].length ?? 0;
    if (at >= text.length) break;
    const token = next(text, at);
    if (token) {
      tokens.push(token);
      at += token.text.length;
      continue;
    }
    const end = Math.min(text.length, failingAt(text, at) + 1);
    issues.push({ at, message: `Syntax error: token recognition error at: '${text.slice(at, end)}'` });
    at = end;
  }
  tokens.push({ kind: "<EOF>", text: "<EOF>", at: text.length });
  return { tokens, issues };
}

function next(text: string, at: number): Token | undefined {
  for (const [kind, rule] of rules) {
    rule.lastIndex = at;
    const found = rule.exec(text)?.[0];
    if (found === undefined) continue;
    return { kind: kind === "IDENTIFIER" && keywords.has(found) ? "operator" : kind, text: found, at };
  }
  return undefined;
}

/** Where a reader that goes on as long as the text may still become a token has to give up. */
function failingAt(text: string, at: number): number {
  const first = text[at] as string;
  if (first === "&" || first === "|" || first === "=") return at + 1;
  if (first === "`") {
    let end = at + 1;
    while (end < text.length && /[A-Za-z0-9_./ -]/.test(text[end] as string)) end++;
    return end;
  }
  if (first !== '"' && first !== "'") return at + ((text.codePointAt(at) as number) > 0xffff ? 1 : 0);
  return stringEnd(text, at, first);
}

const escapeStarts: readonly [RegExp, number][] = [
  [/[xX]/, 2],
  [/u/, 4],
  [/U/, 8],
];

function stringEnd(text: string, at: number, quote: string): number {
  let end = at + 1;
  while (end < text.length) {
    const char = text[end] as string;
    if (char === "\n" || char === "\r" || char === quote) return end;
    if (char !== "\\") {
      end++;
      continue;
    }
    const escaped = text[end + 1];
    if (escaped === undefined) return end + 1;
    if (/[abfnrtv"'\\?`]/.test(escaped)) {
      end += 2;
      continue;
    }
    const digits = escapeStarts.find(([start]) => start.test(escaped))?.[1];
    if (digits !== undefined) {
      for (let index = 0; index < digits; index++) if (!/[0-9a-fA-F]/.test(text[end + 2 + index] ?? "")) return end + 2 + index;
      end += 2 + digits;
    } else if (/[0-3]/.test(escaped)) {
      for (let index = 0; index < 2; index++) if (!/[0-7]/.test(text[end + 2 + index] ?? "")) return end + 2 + index;
      end += 4;
    } else return end + 1;
  }
  return end;
}

export function display(text: string): string {
  return text.replaceAll("\n", "\\n").replaceAll("\t", "\\t").replaceAll("\r", "\\r");
}
