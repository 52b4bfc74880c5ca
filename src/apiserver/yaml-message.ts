import type { YAMLError } from "yaml";

/** How upstream's parser words what this one found, and how far the line it names is from the line of the complaint. */
type Wording = readonly [text: string, lines: number];

const noToken: Wording = ["found character that cannot start any token", 0];
const noKey: Wording = ["did not find expected key", -1];
const noColon: Wording = ["could not find expected ':'", 1];

/** What should be there depends on what comes last in the text: see `unclosedText`. */
const unclosed: Wording = ["", 0];

/** What a tag that asks for bytes may not stand before. */
export const badBinaryText = "!!binary value contains invalid base64 data";

/** The complaint about a text that is no YAML, in the words of upstream's parser: `line 2: mapping values are not allowed in this context`. */
export function yamlMessage(error: YAMLError, source: string): string {
  const found = wordingOf(error);
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
  const line = text.split("\n").length - (/[\]}]$/.test(text) && !text.endsWith(open) ? 1 : 0);
  if (line === 0) return `did not find expected ',' or '${open}'`;
  return /[[{,]$/.test(text) ? `line ${line}: did not find expected node content` : `line ${line}: did not find expected ',' or '${open}'`;
}

function wordingOf({ code, message }: YAMLError): Wording | undefined {
  switch (code) {
    case "MISSING_CHAR":
      if (message.startsWith("Missing directives-end")) return ["could not find expected directive name", 0];
      if (message.startsWith("Flow")) return unclosed;
      if (message.startsWith("Missing closing")) return ["found unexpected end of stream", 0];
      return message.startsWith("Implicit map keys") ? noColon : undefined;
    case "TAB_AS_INDENT":
    case "BAD_SCALAR_START":
      return noToken;
    case "BAD_DQ_ESCAPE":
      return ["found unknown escape character", 0];
    case "BAD_INDENT":
      return message.startsWith("Flow") ? unclosed : noKey;
    case "BLOCK_AS_IMPLICIT_KEY":
      return message.startsWith("Nested mappings") ? ["mapping values are not allowed in this context", 0] : noKey;
    case "MULTILINE_IMPLICIT_KEY":
      return noColon;
    case "UNEXPECTED_TOKEN":
      return ["did not find expected node content", -1];
    default:
      return undefined;
  }
}
