import { isTimeZone } from "./time-zone.ts";

/** A schedule in cron's five fields, or `@hourly` and its like. Immutable. */
export interface CronSchedule {
  /**
   * The first time after `time` (milliseconds since the epoch) that the schedule names, in the time zone given (an IANA name;
   * UTC when absent). Undefined when there is none within five years (30 February).
   */
  nextAfter(time: number, timeZone?: string): number | undefined;
}

export class CronError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "CronError";
  }
}

interface Bounds {
  min: number;
  max: number;
  names?: readonly string[];
}

const minutes: Bounds = { min: 0, max: 59 };
const hours: Bounds = { min: 0, max: 23 };
const days: Bounds = { min: 1, max: 31 };
const months: Bounds = {
  min: 1,
  max: 12,
  names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
};
const weekdays: Bounds = { min: 0, max: 6, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] };

const descriptors: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

const zonePrefix = /^(?:CRON_)?TZ=(\S*)\s*/;

/** Reads a schedule, with `TZ=` or `CRON_TZ=` before it where it has a time zone of its own. Throws `CronError`. */
export function parseCron(text: string): CronSchedule {
  if (text === "") throw new CronError("empty spec string");
  const prefix = zonePrefix.exec(text);
  const ownZone = prefix?.[1];
  if (ownZone !== undefined && !isTimeZone(ownZone)) throw new CronError(`provided bad location ${ownZone}: unknown time zone ${ownZone}`);
  const spec = text.slice(prefix?.[0].length ?? 0).trim();
  if (spec.startsWith("@")) {
    if (spec.startsWith("@every ")) return new EverySchedule(parseGoDuration(spec.slice("@every ".length), spec));
    const fields = descriptors[spec];
    if (fields === undefined) throw new CronError(`unrecognized descriptor: ${spec}`);
    return new FieldSchedule(fields.split(" "), ownZone);
  }
  const fields = spec.split(/\s+/).filter((part) => part !== "");
  if (fields.length !== 5) throw new CronError(`expected exactly 5 fields, found ${fields.length}: [${fields.join(" ")}]`);
  return new FieldSchedule(fields, ownZone);
}

interface Field {
  values: ReadonlySet<number>;
  /** `*` or `?`: a day then doesn't count as an alternative to a weekday. */
  any: boolean;
}

function parseField(text: string, bounds: Bounds): Field {
  const values = new Set<number>();
  let any = false;
  for (const part of text.split(",")) if (part !== "" && parseRange(part, bounds, values)) any = true;
  return { values, any };
}

/** Adds the values of one range; tells whether it was a star. */
function parseRange(text: string, bounds: Bounds, values: Set<number>): boolean {
  const [range = "", stepText, ...more] = text.split("/");
  if (more.length > 0) throw new CronError(`too many slashes: ${text}`);
  const [lowText = "", highText, ...others] = range.split("-");
  let low: number;
  let high: number;
  let any = false;
  if (lowText === "*" || lowText === "?") {
    low = bounds.min;
    high = bounds.max;
    any = true;
  } else {
    if (others.length > 0) throw new CronError(`too many hyphens: ${text}`);
    low = parseValue(lowText, bounds);
    high = highText === undefined ? low : parseValue(highText, bounds);
  }
  let step = 1;
  if (stepText !== undefined) {
    step = parseNumber(stepText);
    if (highText === undefined && !any) high = bounds.max;
    if (step > 1) any = false;
  }
  if (low < bounds.min) throw new CronError(`beginning of range (${low}) below minimum (${bounds.min}): ${text}`);
  if (high > bounds.max) throw new CronError(`end of range (${high}) above maximum (${bounds.max}): ${text}`);
  if (low > high) throw new CronError(`beginning of range (${low}) beyond end of range (${high}): ${text}`);
  if (step === 0) throw new CronError(`step of range should be a positive number: ${text}`);
  for (let value = low; value <= high; value += step) values.add(value);
  return any;
}

function parseValue(text: string, bounds: Bounds): number {
  const named = bounds.names?.indexOf(text.toLowerCase()) ?? -1;
  return named >= 0 ? named + bounds.min : parseNumber(text);
}

function parseNumber(text: string): number {
  if (!/^[+-]?[0-9]+$/.test(text)) {
    throw new CronError(`failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  const value = Number(text);
  if (value < 0) throw new CronError(`negative number (${value}) not allowed: ${text}`);
  return value;
}

const goUnits: Readonly<Record<string, number>> = { h: 3600000, m: 60000, s: 1000, ms: 1, us: 0.001, µs: 0.001, ns: 0.000001 };

function parseGoDuration(text: string, spec: string): number {
  const fail = () => new CronError(`failed to parse duration ${spec}: time: invalid duration ${JSON.stringify(text)}`);
  let rest = text;
  let total = 0;
  if (rest === "") throw fail();
  while (rest !== "") {
    const match = /^([0-9]+(?:\.[0-9]*)?|\.[0-9]+)([^0-9.]*)/.exec(rest);
    if (!match) throw fail();
    const unit = match[2] as string;
    const shown = JSON.stringify(text);
    if (unit === "") throw new CronError(`failed to parse duration ${spec}: time: missing unit in duration ${shown}`);
    const milliseconds = goUnits[unit];
    if (milliseconds === undefined) {
      throw new CronError(`failed to parse duration ${spec}: time: unknown unit ${JSON.stringify(unit)} in duration ${shown}`);
    }
    total += Number(match[1]) * milliseconds;
    rest = rest.slice(match[0].length);
  }
  return Math.max(1000, Math.floor(total / 1000) * 1000);
}

/** A constant delay, on whole seconds. */
class EverySchedule implements CronSchedule {
  readonly #period: number;

  constructor(period: number) {
    this.#period = period;
  }

  nextAfter(time: number): number {
    return Math.floor(time / 1000) * 1000 + this.#period;
  }
}

const minuteMs = 60000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const horizonYears = 5;

class FieldSchedule implements CronSchedule {
  readonly #minute: Field;
  readonly #hour: Field;
  readonly #day: Field;
  readonly #month: Field;
  readonly #weekday: Field;
  readonly #ownZone: string | undefined;

  constructor(fields: readonly string[], ownZone: string | undefined) {
    const [minute = "", hour = "", day = "", month = "", weekday = ""] = fields;
    this.#minute = parseField(minute, minutes);
    this.#hour = parseField(hour, hours);
    this.#day = parseField(day, days);
    this.#month = parseField(month, months);
    this.#weekday = parseField(weekday, weekdays);
    this.#ownZone = ownZone;
  }

  nextAfter(time: number, timeZone?: string): number | undefined {
    const zone = this.#ownZone ?? timeZone;
    const utc = zone === undefined || zone === "UTC";
    const offset = utc ? () => 0 : offsetReader(zone);
    let at = Math.floor(time / minuteMs) * minuteMs + minuteMs;
    const end = at + horizonYears * 366 * dayMs;
    while (at < end) {
      const local = new Date(at + offset(at));
      if (!this.#month.values.has(local.getUTCMonth() + 1)) {
        at = fromLocal(Date.UTC(local.getUTCFullYear(), local.getUTCMonth() + 1, 1), at, offset);
      } else if (!this.#matchesDay(local)) {
        at = fromLocal(Date.UTC(local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate() + 1), at, offset);
      } else if (!this.#hour.values.has(local.getUTCHours())) {
        at += hourMs - (local.getUTCMinutes() * minuteMs + local.getUTCSeconds() * 1000);
      } else {
        const minute = local.getUTCMinutes();
        if (this.#minute.values.has(minute)) return at;
        // Where clocks change, they may do so within the hour.
        at += utc ? this.#untilMinute(minute) : minuteMs;
      }
    }
    return undefined;
  }

  /** From a minute to the next one of the same hour that is meant, or to the hour's end. */
  #untilMinute(minute: number): number {
    let next = minute + 1;
    while (next < 60 && !this.#minute.values.has(next)) next++;
    return (next - minute) * minuteMs;
  }

  /** Day and weekday are alternatives when both are restricted. */
  #matchesDay(local: Date): boolean {
    const day = this.#day.values.has(local.getUTCDate());
    const weekday = this.#weekday.values.has(local.getUTCDay());
    return this.#day.any || this.#weekday.any ? day && weekday : day || weekday;
  }
}

/** The moment of a local midnight; always later than `after`, also where the clocks change. */
function fromLocal(local: number, after: number, offset: (at: number) => number): number {
  let at = local - offset(local);
  const corrected = local - offset(at);
  if (corrected !== at) at = Math.max(at, corrected);
  return Math.max(at, after + minuteMs);
}

/** How far local time is ahead of UTC, by moment. */
function offsetReader(zone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  return (at) => {
    const parts: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(at)) if (type !== "literal") parts[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
  };
}
