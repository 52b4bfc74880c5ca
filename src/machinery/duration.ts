const minuteSeconds = 60;
const hourSeconds = 3600;
const dayHours = 24;
const yearHours = dayHours * 365;

/** An age as tables show it: `45s`, `3m20s`, `5h10m`, `2d3h`, `1y20d`: two units at most, the finer one only while it matters. */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.trunc(milliseconds / 1000);
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 2 * minuteSeconds) return `${seconds}s`;
  const minutes = Math.trunc(seconds / minuteSeconds);
  if (minutes < 10) return two(minutes, "m", seconds % 60, "s");
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(seconds / hourSeconds);
  if (hours < 8) return two(hours, "h", minutes % 60, "m");
  if (hours < 48) return `${hours}h`;
  if (hours < 8 * dayHours) return two(Math.trunc(hours / dayHours), "d", hours % dayHours, "h");
  if (hours < 2 * yearHours) return `${Math.trunc(hours / dayHours)}d`;
  if (hours < 8 * yearHours) return two(Math.trunc(hours / yearHours), "y", Math.trunc(hours / dayHours) % 365, "d");
  return `${Math.trunc(hours / yearHours)}y`;
}

function two(coarse: number, coarseUnit: string, fine: number, fineUnit: string): string {
  return fine === 0 ? `${coarse}${coarseUnit}` : `${coarse}${coarseUnit}${fine}${fineUnit}`;
}

/** The time from an RFC 3339 timestamp to `now` (milliseconds since the epoch); `<unknown>` when there is no timestamp. */
export function ageOf(timestamp: string | undefined, now: number): string {
  return !timestamp ? "<unknown>" : humanDuration(now - Date.parse(timestamp));
}

const unitNanoseconds: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, μs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/** The milliseconds of a duration as Go writes it (`1h30m`, `1.5s`), or what Go's parser has against it. */
export function parseDuration(text: string): number | string {
  const quoted = JSON.stringify(text);
  const invalid = `invalid duration ${quoted}`;
  const sign = text.startsWith("-") ? -1 : 1;
  let rest = text.replace(/^[+-]/, "");
  if (rest === "0") return 0;
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
  return nanoseconds >= 2 ** 63 ? invalid : (sign * nanoseconds) / 1e6;
}

/** A duration as Go prints it: `10s`, `1m20s`, `1h0m0s`. */
export function goDuration(milliseconds: number): string {
  const seconds = Math.abs(milliseconds) / 1000;
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const text = `${hours > 0 ? `${hours}h` : ""}${minutes > 0 ? `${minutes % 60}m` : ""}${+(seconds - minutes * 60).toFixed(6)}s`;
  return milliseconds < 0 ? `-${text}` : text;
}
