import { nanosPerSecond } from "./value.ts";

/** The number of code points, which is what the language calls the size of a text. */
export function sizeOf(text: string): number {
  let count = text.length;
  for (let at = 0; at < text.length - 1; at++) {
    if ((text.charCodeAt(at) & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00) {
      count--;
      at++;
    }
  }
  return count;
}

/** `%g` of a double: the shortest digits that mean it, with an exponent where it has more than `largest` digits in front or is very small. */
export function doubleText(value: number, largest: 6 | 21): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [mantissa, exponentText] = value.toExponential().split("e") as [string, string];
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= largest) return `${mantissa}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  return plainDouble(value);
}

/** All digits, without an exponent. */
function plainDouble(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  const text = String(value);
  if (!text.includes("e")) return Object.is(value, -0) ? "-0" : text;
  const [mantissa, exponentText] = text.split("e") as [string, string];
  const exponent = Number(exponentText);
  const sign = mantissa.startsWith("-") ? "-" : "";
  const [whole, fraction = ""] = mantissa.replace("-", "").split(".") as [string, string?];
  const digits = whole + fraction;
  const point = whole.length + exponent;
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  if (point >= digits.length) return `${sign}${digits}${"0".repeat(point - digits.length)}`;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** A duration as whole and fractional seconds: `90.5s`. */
export function durationText(nanos: bigint): string {
  return `${plainDouble(secondsOf(nanos))}s`;
}

function secondsOf(nanos: bigint): number {
  const whole = nanos / nanosPerSecond;
  return Number(whole) + Number(nanos % nanosPerSecond) / 1e9;
}

/** RFC 3339 in UTC with as many fractional digits as there are. */
export function timestampText(nanos: bigint): string {
  const { seconds, fraction } = splitNanos(nanos);
  const date = new Date(Number(seconds) * 1000);
  const digits = fraction === 0n ? "" : `.${String(fraction).padStart(9, "0").replace(/0+$/, "")}`;
  const year = String(date.getUTCFullYear()).padStart(4, "0");
  const two = (part: number) => String(part).padStart(2, "0");
  const day = `${year}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
  return `${day}T${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}${digits}Z`;
}

export function splitNanos(nanos: bigint): { seconds: bigint; fraction: bigint } {
  let seconds = nanos / nanosPerSecond;
  let fraction = nanos % nanosPerSecond;
  if (fraction < 0n) {
    seconds -= 1n;
    fraction += nanosPerSecond;
  }
  return { seconds, fraction };
}

const unitNanos: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ms: 1_000_000n,
  s: nanosPerSecond,
  m: 60n * nanosPerSecond,
  h: 3600n * nanosPerSecond,
};
const maxInt64 = 9223372036854775807n;

/** A duration like `1h30m`, `-1.5s`; undefined where the text is none. */
export function parseDuration(text: string): bigint | undefined {
  const sign = /^[+-]/.exec(text)?.[0] ?? "";
  const body = text.slice(sign.length);
  if (body === "0") return 0n;
  if (body === "") return undefined;
  const part = /(\d*)(?:(\.)(\d*))?(ns|us|µs|μs|ms|s|m|h)/y;
  let total = 0n;
  for (let at = 0; at < body.length; at = part.lastIndex) {
    part.lastIndex = at;
    const found = part.exec(body);
    if (!found) return undefined;
    const [, whole = "", , fraction = "", unit = ""] = found;
    if (whole === "" && fraction === "") return undefined;
    const nanos = unitNanos[unit] as bigint;
    total += BigInt(whole || "0") * nanos;
    if (fraction !== "") total += (BigInt(fraction) * nanos) / 10n ** BigInt(fraction.length);
    if (total > maxInt64 + 1n) return undefined;
  }
  if (sign === "-") return -total;
  return total > maxInt64 ? undefined : total;
}

const timestampPattern = /^(\d{4})-(\d\d)-(\d\d)T(\d\d?):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))$/;

/** Nanoseconds since the epoch of an RFC 3339 text; undefined where the text is none. */
export function parseTimestamp(text: string): bigint | undefined {
  const match = timestampPattern.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return undefined;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const lengths = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  if (day > (lengths[month - 1] as number)) return undefined;
  let offset = 0;
  if (match[8]) {
    const [hours, minutes] = [Number(match[9]), Number(match[10])];
    if (hours > 24 || minutes > 60) return undefined;
    offset = (hours * 60 + minutes) * (match[8] === "+" ? 60 : -60);
  }
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second, 0);
  const seconds = BigInt(date.getTime() / 1000 - offset);
  return seconds * nanosPerSecond + BigInt((match[7] ?? "").padEnd(9, "0").slice(0, 9));
}
