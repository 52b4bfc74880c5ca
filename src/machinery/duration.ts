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
