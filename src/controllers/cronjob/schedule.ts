import type { CronJob } from "../../api/batch/v1.ts";
import { formatTime } from "../../machinery/clock.ts";
import { type CronSchedule, parseCron } from "../../machinery/cron.ts";

/** So many missed times, and somebody should know. */
const manyMissed = 100;
/** The next look comes a little after the time itself, so that clocks that differ slightly agree that it has come. */
const slackMilliseconds = 100;

/** The times of a cron job, in its time zone. */
export class JobSchedule {
  readonly #cron: CronSchedule;
  readonly #zone: string | undefined;

  /** Throws `CronError`. */
  constructor({ spec }: CronJob) {
    this.#cron = parseCron(spec.schedule);
    // A zone in the schedule itself wins over none in the spec.
    this.#zone = spec.timeZone;
  }

  next(time: number): number | undefined {
    return this.#cron.nextAfter(time, this.#zone);
  }

  /** The time that a job should have been started for last, and whether a great many have been missed. */
  latest(cronJob: CronJob, now: number): { time: number | undefined; tooMany: boolean } {
    const { lastScheduleTime } = cronJob.status ?? {};
    const { startingDeadlineSeconds } = cronJob.spec;
    let earliest = Date.parse(lastScheduleTime ?? cronJob.metadata.creationTimestamp ?? "");
    if (startingDeadlineSeconds !== undefined) earliest = Math.max(earliest, now - Number(startingDeadlineSeconds) * 1000);
    const first = this.next(earliest);
    if (first === undefined || first > now) return { time: undefined, tooMany: false };
    const second = this.next(first);
    if (second === undefined || second > now) return { time: first, tooMany: false };
    const between = Math.max(1000, second - first);
    const missed = Math.floor((now - first) / between) + 1;
    // Close to now by arithmetic, the last steps one by one: a schedule need not be regular, so look back far enough.
    let time = first;
    let from = Math.max(first, now - 2 * between);
    let candidate = this.next(from - 1);
    while ((candidate === undefined || candidate > now) && from > first) {
      from = Math.max(first, from - (now - from) * 2);
      candidate = this.next(from - 1);
    }
    while (candidate !== undefined && candidate <= now) {
      time = candidate;
      candidate = this.next(candidate);
    }
    return { time, tooMany: missed > manyMissed };
  }

  /** Milliseconds until the next time. */
  untilNext(now: number): number | undefined {
    const next = this.next(now);
    return next === undefined ? undefined : next - now + slackMilliseconds;
  }
}

/** RFC 3339 with the offset of a time zone. */
export function formatInZone(time: number, zone = "UTC"): string {
  if (zone === "UTC") return formatTime(time);
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  }).formatToParts(time);
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? "";
  const local = `${part("year").padStart(4, "0")}-${part("month")}-${part("day")}T${part("hour")}:${part("minute")}:${part("second")}`;
  const offset = Math.round((Date.parse(`${local}Z`) - time) / 60_000);
  if (offset === 0) return `${local}Z`;
  const minutes = Math.abs(offset);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${local}${offset < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
