/** A complaint about an expression, at an offset of its text; without one it is about the expression as a whole. */
export interface Issue {
  at: number | undefined;
  message: string;
}

const maxIssues = 100;
const maxSnippetLength = 16384;

interface Location {
  line: number;
  /** In code points, from 0. */
  column: number;
}

/** All complaints in the form `ERROR: <input>:1:6: message`, each with its line and a mark below the place. */
export function formatIssues(text: string, issues: readonly Issue[]): string {
  const lines = text.split("\n");
  const placed = issues.slice(0, maxIssues).map((issue) => ({ issue, location: locate(text, issue.at) }));
  placed.sort((a, b) => a.location.line - b.location.line || a.location.column - b.location.column);
  const shown = placed.map(({ issue, location }) => format(issue.message, location, text === "" ? undefined : lines[location.line - 1]));
  if (issues.length > maxIssues) shown.push(`${issues.length - maxIssues} more errors were truncated`);
  return shown.join("\n");
}

function locate(text: string, at: number | undefined): Location {
  if (at === undefined) return { line: -1, column: -1 };
  if (text === "") return { line: 1, column: -1 };
  const before = text.slice(0, at);
  const start = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: [...before.slice(start)].length };
}

function format(message: string, { line, column }: Location, snippet: string | undefined): string {
  const head = `ERROR: <input>:${line}:${column + 1}: ${message}`;
  if (snippet === undefined || snippet.length > maxSnippetLength) return head;
  const shown = snippet.replaceAll("\t", " ");
  const points = [...shown];
  const isWide = (point: string | undefined) => point !== undefined && (point.codePointAt(0) as number) > 0x7f;
  const marks = points
    .slice(0, column)
    .map((point) => (isWide(point) ? "．" : "."))
    .join("");
  return `${head}\n | ${shown}\n | ${marks}${isWide(points[column]) ? "＾" : "^"}`;
}
