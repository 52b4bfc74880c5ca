import { readFileSync } from "node:fs";
import type { RawTable } from "../../tables.ts";
import { Schema, type WireOnlyTypes } from "../schema.ts";

const source = new URL("../../../", import.meta.url);

function read<T>(path: string): T {
  return JSON.parse(readFileSync(new URL(path, source), "utf8")) as T;
}

/** A schema over some of the project's tables, for tests: `machinery/` can't import `api/`. */
export function schemaOf(...groups: string[]): Schema {
  const raw: Record<string, Record<string, RawTable>> = { "machinery/meta/v1": read("machinery/meta/v1.json") };
  for (const group of groups) raw[`api/${group}`] = read(`api/${group}.json`);
  return new Schema(raw, read<WireOnlyTypes>("machinery/meta/wire-only.json"));
}

export const allGroups = [
  "admissionregistration/v1",
  "apiextensions/v1",
  "apiregistration/v1",
  "apps/v1",
  "authentication/v1",
  "authorization/v1",
  "autoscaling/v1",
  "autoscaling/v2",
  "batch/v1",
  "certificates/v1",
  "coordination/v1",
  "core/v1",
  "discovery/v1",
  "events/v1",
  "flowcontrol/v1",
  "networking/v1",
  "node/v1",
  "policy/v1",
  "rbac/v1",
  "resource/v1",
  "scheduling/v1",
  "storage/v1",
];
