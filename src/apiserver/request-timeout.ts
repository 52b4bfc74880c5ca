import { badRequest } from "../machinery/errors.ts";

const unitNanoseconds: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, μs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/** Throws the 400 when the query names a time limit that isn't a duration. */
export function checkTimeout(query: URLSearchParams): void {
  const text = query.get("timeout");
  if (!text) return;
  const complaint = durationComplaint(text);
  if (complaint !== undefined) throw badRequest(`invalid timeout specified in the request URL - time: ${complaint}`);
}

/** What Go's parser has against a duration (`1h30m`, `1.5s`). */
function durationComplaint(text: string): string | undefined {
  const quoted = JSON.stringify(text);
  const invalid = `invalid duration ${quoted}`;
  let rest = text.replace(/^[+-]/, "");
  if (rest === "0") return undefined;
  if (rest === "") return invalid;
  let nanoseconds = 0;
  while (rest !== "") {
    const [part, number = "", unit = ""] = /^(\d+\.?\d*|\.\d+)?([^\d.]*)/.exec(rest) as RegExpExecArray;
    if (number === "") return invalid;
    if (unit === "") return `missing unit in duration ${quoted}`;
    const scale = unitNanoseconds[unit];
    if (scale === undefined) return `unknown unit ${JSON.stringify(unit)} in duration ${quoted}`;
    nanoseconds += Number(number) * scale;
    rest = rest.slice(part.length);
  }
  return nanoseconds >= 2 ** 63 ? invalid : undefined;
}
