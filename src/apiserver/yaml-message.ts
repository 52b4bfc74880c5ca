import type { YAMLError } from "yaml";

/** How upstream's parser words what this one found, and how far the line it names is from the line of the complaint. */
type Wording = readonly [text: string, lines: number];

const noToken: Wording = ["found character that cannot start any token", 0];
const noKey: Wording = ["did not find expected key", -1];
const noColon: Wording = ["could not find expected ':'", 1];
const noItem: Wording = ["did not find expected '-' indicator", -1];
const noMapping = "mapping values are not allowed in this context";

/** What should be there depends on what comes last in the text: see `unclosedText`. */
const unclosed: Wording = ["", 0];

/** What a tag that asks for bytes may not stand before. */
export const badBinaryText = "!!binary value contains invalid base64 data";

/** The complaint about a text that is no YAML, in the words of upstream's parser: `line 2: mapping values are not allowed in this context`. */
export function yamlMessage(error: YAMLError, source: string): string {
  const found = wordingOf(error, source);
  if (found === unclosed) return unclosedText(source);
  const first = error.message.split("\n")[0] as string;
  if (first.startsWith(badBinaryText)) return badBinaryText;
  if (!found) return first;
  const [text, lines] = found;
  const line = error.linePos?.[0].line ?? 1;
  // Of the first line upstream doesn't name the number.
  return line + Math.max(lines, 0) === 1 ? text : `line ${line + lines}: ${text}`;
}

/**
 * A list or map in brackets that the text ends in: the parser stands after the last line, or at the bracket there that closes something
 * else, and names the line before.
 */
function unclosedText(source: string): string {
  const text = source.trimEnd();
  const open = text.lastIndexOf("[") > text.lastIndexOf("{") ? "]" : "}";
  const missing = `did not find expected ',' or '${open}'`;
  // A key on a later line is one too many.
  const start = Math.max(text.lastIndexOf("["), text.lastIndexOf("{"), text.lastIndexOf(","));
  const colons = Array.from(text.slice(start).matchAll(/:(?=\s|$)/g), ({ index }) => linesBefore(text, start + index));
  const extra = colons[open === "}" ? 1 : 0];
  if (extra !== undefined && extra > linesBefore(text, start)) return `line ${extra}: ${missing}`;
  const line = text.split("\n").length - (/[\]}]$/.test(text) && !text.endsWith(open) ? 1 : 0);
  if (line === 0) return missing;
  return /[[{,:]$/.test(text) ? `line ${line}: did not find expected node content` : `line ${line}: ${missing}`;
}

/** How many lines end before a place. */
function linesBefore(source: string, place: number): number {
  return source.slice(0, place).split("\n").length - 1;
}

function wordingOf({ code, message, pos: [place], linePos }: YAMLError, source: string): Wording | undefined {
  if (message.startsWith("Block scalars with more-indented")) return ["found a tab character where an indentation space is expected", 0];
  switch (code) {
    case "MISSING_CHAR":
      if (message.startsWith("Missing directives-end")) return ["could not find expected directive name", 0];
      if (message.startsWith("Flow")) return unclosed;
      if (message.startsWith("Missing closing")) return ["found unexpected end of stream", 0];
      if (message.startsWith("Sequence item without")) return noKey;
      return message.startsWith("Implicit map keys") ? noColon : undefined;
    case "TAB_AS_INDENT":
      return isInPlainText(source, place) ? ["found a tab character that violates indentation", 0] : noToken;
    case "BAD_SCALAR_START":
      return source[place] === "," ? ["did not find expected node content", -1] : noToken;
    case "BAD_DQ_ESCAPE":
      return [
        /Invalid escape sequence \\[xuU]/.test(message) ? "did not find expected hexdecimal number" : "found unknown escape character",
        0,
      ];
    case "BAD_INDENT":
      if (message.startsWith("Flow")) return unclosed;
      return message.startsWith("All sequence") ? noItem : besideItem(source, place);
    case "BLOCK_AS_IMPLICIT_KEY": {
      if (!message.startsWith("Nested mappings")) return noKey;
      // The colon that is too much may be on a later line.
      const colon = source.slice(place).search(/:(?=\s|$)/);
      return [noMapping, linesBefore(source, place + Math.max(colon, 0)) + 1 - (linePos?.[0].line ?? 1)];
    }
    case "MULTILINE_IMPLICIT_KEY":
      return /^-(?=\s|$)/.test(source.slice(place)) ? noKey : noColon;
    case "UNEXPECTED_TOKEN":
      return unexpected(message, source, place);
    default:
      return undefined;
  }
}

function unexpected(message: string, source: string, place: number): Wording {
  if (message.startsWith("Block scalar header")) return ["did not find expected comment or line break", 0];
  if (message.startsWith("Unexpected block-seq-ind on same line")) return ["block sequence entries are not allowed in this context", 0];
  const before = source.slice(source.lastIndexOf("\n", place - 1) + 1, place).trim();
  if (/^Unexpected flow-(?:seq|map)-end/.test(message) && /[^:-]$/.test(before)) return noKey;
  if (!message.startsWith("Unexpected scalar at node end")) return ["did not find expected node content", -1];
  return before === "" ? besideItem(source, place) : noKey;
}

/** What stands where an item of a list should begin lacks its sign; a text alone, the colon of a key. */
function besideItem(source: string, place: number): Wording {
  const start = source.lastIndexOf("\n", place - 1) + 1;
  const [, indent = "", text = ""] = /^( *)([^\n]*)/.exec(source.slice(source[place] === "\n" ? place + 1 : start)) ?? [];
  const before = source
    .slice(0, start)
    .split("\n")
    .findLast((line) => line.trim() !== "" && line.search(/\S/) <= indent.length);
  if (before?.startsWith(`${indent}-`) !== true) return noKey;
  return /:(?=\s|$)/.test(text) ? noItem : noColon;
}

/** Whether the line before goes on: it ends in text without quotes, brackets or a comment. */
function isInPlainText(source: string, place: number): boolean {
  const [before = ""] = source.slice(0, place).trimEnd().split("\n").slice(-1);
  return before !== "" && !/\s#/.test(before) && !/(?:[:'"\]}|>]|(?:^|\s)-)$/.test(before);
}
