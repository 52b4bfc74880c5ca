import { quote } from "../../quote.ts";
import { isTimeZone } from "../../time-zone.ts";
import { splitNanos } from "../values/text.ts";
import { Duration, Failure, type Timestamp, type Value } from "../values/value.ts";

type Part = (date: Date, nanos: bigint) => number;

const dayMillis = 86_400_000;

function dayOfYear(date: Date): number {
  const start = new Date(0);
  start.setUTCFullYear(date.getUTCFullYear(), 0, 1);
  return Math.floor((date.getTime() - start.getTime()) / dayMillis);
}

/** The parts of a time that expressions ask for, by the name of the function. */
const parts: Readonly<Record<string, Part>> = {
  getFullYear: (date) => date.getUTCFullYear(),
  getMonth: (date) => date.getUTCMonth(),
  getDayOfYear: dayOfYear,
  getDayOfMonth: (date) => date.getUTCDate() - 1,
  getDate: (date) => date.getUTCDate(),
  getDayOfWeek: (date) => date.getUTCDay(),
  getHours: (date) => date.getUTCHours(),
  getMinutes: (date) => date.getUTCMinutes(),
  getSeconds: (date) => date.getUTCSeconds(),
  getMilliseconds: (_date, fraction) => Number(fraction / 1_000_000n),
};

const durationNanos: Readonly<Record<string, bigint>> = {
  getHours: 3_600_000_000_000n,
  getMinutes: 60_000_000_000n,
  getSeconds: 1_000_000_000n,
};

export function timePart(name: string, of: Timestamp | Duration, zone?: string): Value {
  if (of instanceof Duration) {
    if (name === "getMilliseconds") return of.nanos / 1_000_000n;
    return of.nanos / (durationNanos[name] as bigint);
  }
  const { seconds, fraction } = splitNanos(of.nanos);
  const offset = zone === undefined ? 0 : zoneOffset(zone, Number(seconds) * 1000);
  if (offset instanceof Failure) return offset;
  return BigInt((parts[name] as Part)(new Date(Number(seconds) * 1000 + offset), fraction));
}

/** What a time zone adds to UTC at that time, in milliseconds: a name of the IANA database, or `+01:30`. */
function zoneOffset(zone: string, at: number): number | Failure {
  const colon = zone.indexOf(":");
  if (colon < 0) return namedOffset(zone, at);
  const [hoursText, minutesText] = [zone.slice(0, colon), zone.slice(colon + 1)];
  for (const text of [hoursText, minutesText]) {
    if (!/^[+-]?\d+$/.test(text)) return new Failure(`strconv.Atoi: parsing ${quote(text)}: invalid syntax`);
  }
  const [hours, minutes] = [Number(hoursText), Number(minutesText)];
  return (zone.startsWith("-") ? hours * 60 - minutes : hours * 60 + minutes) * 60_000;
}

function namedOffset(zone: string, at: number): number | Failure {
  if (zone === "" || zone === "UTC") return 0;
  if (!isTimeZone(zone)) return new Failure(`unknown time zone ${zone}`);
  const format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset", hour12: false });
  const name = format.formatToParts(new Date(at)).find(({ type }) => type === "timeZoneName")?.value ?? "GMT";
  const match = /^GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(name);
  if (!match?.[1]) return 0;
  const seconds = Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4] ?? 0);
  return (match[1] === "-" ? -1 : 1) * seconds * 1000;
}
