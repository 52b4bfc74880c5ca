import { expect, test } from "vitest";
import { isTimeZone } from "./time-zone.ts";

test.each([
  "UTC",
  "EST",
  "Europe/Berlin",
  "Asia/Kolkata",
  "Asia/Calcutta",
  "America/Port-au-Prince",
  "US/Pacific",
  "Etc/GMT+5",
  "Australia/NSW",
])("%s is a time zone", (name) => expect(isTimeZone(name)).toBe(true));

test.each([
  "",
  "utc",
  "est",
  "Local",
  "europe/berlin",
  "Europe/berlin",
  "asia/kolkata",
  "ASIA/KOLKATA",
  "+01:00",
  "PST",
  "Europe/Nowhere",
  "SystemV/AST4",
])("%j is none", (name) => expect(isTimeZone(name)).toBe(false));
