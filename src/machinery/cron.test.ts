import { describe, expect, it } from "vitest";
import { CronError, parseCron } from "./cron.ts";

const next = (schedule: string, from: string, zone?: string) => {
  const at = parseCron(schedule).nextAfter(Date.parse(from), zone);
  return at === undefined ? undefined : new Date(at).toISOString().slice(0, 16);
};

describe("nextAfter", () => {
  it.each([
    ["* * * * *", "2026-01-01T00:00:30Z", "2026-01-01T00:01"],
    ["* * * * *", "2026-01-01T00:00:00Z", "2026-01-01T00:01"],
    ["*/15 * * * *", "2026-01-01T00:50:00Z", "2026-01-01T01:00"],
    ["5/20 * * * *", "2026-01-01T00:06:00Z", "2026-01-01T00:25"],
    ["30 4 * * *", "2026-01-01T05:00:00Z", "2026-01-02T04:30"],
    ["0 0 31 * *", "2026-02-01T00:00:00Z", "2026-03-31T00:00"],
    ["0 0 29 feb *", "2026-01-01T00:00:00Z", "2028-02-29T00:00"],
    ["0 9-17/4 * * mon-fri", "2026-01-02T18:00:00Z", "2026-01-05T09:00"],
    ["0 0 13 * fri", "2026-01-03T00:00:00Z", "2026-01-09T00:00"],
    ["0 0 ? * 0", "2026-01-01T00:00:00Z", "2026-01-04T00:00"],
    ["@hourly", "2026-01-01T00:00:00Z", "2026-01-01T01:00"],
    ["@weekly", "2026-01-01T00:00:00Z", "2026-01-04T00:00"],
    ["@yearly", "2026-01-01T00:00:00Z", "2027-01-01T00:00"],
    ["@every 90m", "2026-01-01T00:00:10Z", "2026-01-01T01:30"],
  ])("%s after %s is %s", (schedule, from, expected) => expect(next(schedule, from)).toBe(expected));

  it("gives up on days that never come", () => {
    expect(next("0 0 30 2 *", "2026-01-01T00:00:00Z")).toBeUndefined();
  });

  it("follows time zones, also over a change of the clocks", () => {
    expect(next("30 4 * * *", "2026-01-01T00:00:00Z", "Asia/Kolkata")).toBe("2026-01-01T23:00");
    expect(next("0 8 * * *", "2026-03-28T12:00:00Z", "Europe/Berlin")).toBe("2026-03-29T06:00");
    expect(next("CRON_TZ=America/New_York 0 0 * * *", "2026-01-01T00:00:00Z")).toBe("2026-01-01T05:00");
    // 2:30 doesn't exist on that day.
    expect(next("30 2 * * *", "2026-03-29T00:00:00Z", "Europe/Berlin")).toBe("2026-03-30T00:30");
  });
});

describe("parseCron", () => {
  it.each([
    ["", "empty spec string"],
    ["a b", "expected exactly 5 fields, found 2: [a b]"],
    ["60 * * * *", "end of range (60) above maximum (59): 60"],
    ["* * * * 8", "end of range (8) above maximum (6): 8"],
    ["* * 0 * *", "beginning of range (0) below minimum (1): 0"],
    ["*/0 * * * *", "step of range should be a positive number: */0"],
    ["5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1"],
    ["@foo", "unrecognized descriptor: @foo"],
    ["x * * * *", 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
    ["TZ=Nowhere * * * * *", "provided bad location Nowhere: unknown time zone Nowhere"],
    ["@every 5x", 'failed to parse duration @every 5x: time: unknown unit "x" in duration "5x"'],
  ])("refuses %j", (schedule, message) => {
    expect(() => parseCron(schedule)).toThrow(new CronError(message));
  });
});
