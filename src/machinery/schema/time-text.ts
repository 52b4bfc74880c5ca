/** Times as text: RFC 3339, with upstream's error texts. */

const secondsLayout = "2006-01-02T15:04:05Z07:00";
const microLayout = "2006-01-02T15:04:05.000000Z07:00";
const canonical = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{6})?Z$/;

/** The zero time of upstream, which stands for no time at all. */
export const zeroTime = "0001-01-01T00:00:00Z";

/** The first second of the year 0 and the last of 9999. */
const earliest = -62_167_219_200;
const latest = 253_402_300_799;

export class TimeError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "TimeError";
  }
}

/** The time in UTC with whole seconds. Throws `TimeError`. */
export function canonicalTime(text: string): string {
  if (text.length === 20 && canonical.test(text)) return text;
  return format(parse(text, false), 0);
}

/** The time in UTC with six fractional digits, which the text must have too. Throws `TimeError`. */
export function canonicalMicroTime(text: string): string {
  if (text.length === 27 && canonical.test(text)) return text;
  return format(parse(text, true), 6);
}

/** Seconds since the epoch and nanoseconds of a canonical text. */
export function timeParts(text: string): { seconds: number; nanos: number } {
  const seconds = Date.parse(`${text.slice(0, 19)}Z`) / 1000;
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? "";
  return { seconds, nanos: fraction ? Number(fraction.padEnd(9, "0").slice(0, 9)) : 0 };
}

/** Throws `TimeError` of what no text can tell: a year of more than four digits. */
export function timeOfParts(seconds: number, nanos: number, digits: 0 | 6): string {
  if (seconds < earliest || seconds > latest) throw new TimeError("Time.MarshalJSON: year outside of range [0,9999]");
  return format({ seconds, fraction: String(nanos).padStart(9, "0") }, digits);
}

interface Parsed {
  seconds: number;
  fraction: string;
}

function format({ seconds, fraction }: Parsed, digits: 0 | 6): string {
  const text = new Date(seconds * 1000).toISOString();
  const whole = text.slice(0, text.indexOf("."));
  return digits === 0 ? `${whole}Z` : `${whole}.${fraction.padEnd(6, "0").slice(0, 6)}Z`;
}

const steps: [element: string, pattern: RegExp, low: number, high: number, name: string][] = [
  ["2006", /^\d{4}/, 0, 9999, "year"],
  ["-", /^-/, 0, 0, ""],
  ["01", /^\d\d/, 1, 12, "month"],
  ["-", /^-/, 0, 0, ""],
  ["02", /^\d\d/, 0, 99, "day"],
  ["T", /^T/, 0, 0, ""],
  ["15", /^\d\d?/, 0, 23, "hour"],
  [":", /^:/, 0, 0, ""],
  ["04", /^\d\d/, 0, 59, "minute"],
  [":", /^:/, 0, 0, ""],
  ["05", /^\d\d/, 0, 59, "second"],
];

function parse(text: string, micro: boolean): Parsed {
  const layout = micro ? microLayout : secondsLayout;
  let rest = text;
  const cannot = (element: string) =>
    new TimeError(`parsing time ${JSON.stringify(text)} as "${layout}": cannot parse ${JSON.stringify(rest)} as "${element}"`);
  const outOfRange = (what: string) => new TimeError(`parsing time ${JSON.stringify(text)}: ${what} out of range`);

  const numbers: number[] = [];
  for (const [element, pattern, low, high, name] of steps) {
    const found = pattern.exec(rest)?.[0];
    if (found === undefined) throw cannot(element);
    rest = rest.slice(found.length);
    if (name === "") continue;
    const number = Number(found);
    if (number < low || number > high) throw outOfRange(name);
    numbers.push(number);
  }
  let fraction = "";
  if (micro) {
    const found = /^[.,](\d{6})/.exec(rest);
    if (!found) throw cannot(".000000");
    fraction = found[1] as string;
    rest = rest.slice(7);
  } else {
    const found = /^[.,](\d+)/.exec(rest);
    if (found) {
      fraction = found[1] as string;
      rest = rest.slice(found[0].length);
    }
  }
  const zone = /^(?:Z|([+-])(\d\d):(\d\d))/.exec(rest);
  if (!zone) throw cannot("Z07:00");
  rest = rest.slice(zone[0].length);
  if (rest !== "") throw new TimeError(`parsing time ${JSON.stringify(text)}: extra text: ${JSON.stringify(rest)}`);
  const [year, month, day, hour, minute, second] = numbers as [number, number, number, number, number, number];
  if (day < 1 || day > new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate()) throw outOfRange("day");
  let offset = 0;
  if (zone[1]) {
    const [hours, minutes] = [Number(zone[2]), Number(zone[3])];
    if (hours > 24) throw outOfRange("time zone offset hour");
    if (minutes > 60) throw outOfRange("time zone offset minute");
    offset = (hours * 60 + minutes) * (zone[1] === "+" ? 60 : -60);
  }
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second, 0);
  return { seconds: date.getTime() / 1000 - offset, fraction };
}
