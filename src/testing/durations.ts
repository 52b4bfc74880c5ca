/** `"24h"`, `"90s"`, `"1h30m"`, `"250ms"`, `"2d"`; a number is in milliseconds. */
export type Duration = string | number;

const unitMilliseconds: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

export function milliseconds(duration: Duration): number {
  if (typeof duration === "number") {
    if (duration >= 0) return duration;
  } else if (/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(duration)) {
    let sum = 0;
    for (const [, amount, unit] of duration.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g))
      sum += Number(amount) * (unitMilliseconds[unit as string] as number);
    return sum;
  }
  throw new TypeError(`a duration is a text such as "24h", "90s" or "250ms", or a number of milliseconds; not ${JSON.stringify(duration)}`);
}

/** As a person reads it: `1 h 30 min`. */
export function durationText(duration: Duration): string {
  let left = Math.round(milliseconds(duration));
  if (left < 1000) return `${left} ms`;
  const parts: string[] = [];
  for (const [unit, size] of [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["min", 60_000],
    ["s", 1000],
  ] as const) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) parts.push(`${count} ${unit}`);
  }
  return parts.join(" ");
}
