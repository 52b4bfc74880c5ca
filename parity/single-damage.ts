import type { Base } from "./bases.ts";
import { fieldPathsOf, type Pick, type Place, reach } from "./field-paths.ts";
import { type Case, collect, damagePlace, freshOf, Maker, schemaOf } from "./random-damage.ts";

const methods = ["POST", "POST", "POST", "PUT", "PUT", "PATCH", "PATCH"] as const;

/** Every field of the kinds in random order, each with a base that has it; the status of those that can have one. */
export function fieldCases(bases: readonly Base[], pick: Pick, random: () => number): (() => Case)[] {
  const byKind = Map.groupBy(bases, ({ object }) => `${object.apiVersion} ${object.kind}`);
  const cases: { order: number; run: () => Case }[] = [];
  for (const ofKind of byKind.values()) {
    const [first] = ofKind as [Base, ...Base[]];
    const schema = schemaOf(first);
    const withStatus = first.isReview ? [] : fieldPathsOf(schema, true);
    for (const path of [...fieldPathsOf(schema, false), ...withStatus]) {
      cases.push({ order: random(), run: () => singleDamage(pick(ofKind), pick, random, path) });
    }
  }
  return cases.sort((a, b) => a.order - b.order).map(({ run }) => run);
}

/** A random write of `base` in which one field is damaged, that of `path` where there is one; a patch says nothing but that. */
export function singleDamage(base: Base, pick: Pick, random: () => number, path?: string): Case {
  const schema = schemaOf(base);
  const isStatus = path ? /^status\b/.test(path) : base.status !== undefined && random() < 0.2;
  const method = base.isReview ? "POST" : isStatus ? pick(["PUT", "PATCH"] as const) : pick(methods);
  const object = method === "POST" ? freshOf(base) : structuredClone(base.object);
  if (isStatus) object.status = structuredClone(base.status ?? {});
  const before = structuredClone(object);
  const maker = new Maker(pick, random);
  let place: Place | undefined;
  if (path) place = reach(object, schema, path, (type, name) => maker.value(type, name), pick);
  if (!place) {
    const places: Place[] = [];
    collect(schema, object, "", isStatus, places);
    place = pick(places);
  }
  const change = damagePlace(place, maker, pick);
  const common = { base, method, isSingle: true, places: [place.path], ...(isStatus ? { subresource: "status" as const } : {}) };
  if (method !== "PATCH") return { ...common, body: object, change };
  const contentType = "application/merge-patch+json";
  return { ...common, contentType, body: mergePatch(before, object) ?? {}, change: `${contentType} ${change}` };
}

/** The merge patch between two values; undefined: they are equal. */
function mergePatch(before: unknown, after: unknown): unknown {
  if (!isMap(before) || !isMap(after)) return JSON.stringify(before) === JSON.stringify(after) ? undefined : after;
  const patch: Record<string, unknown> = {};
  for (const key of Object.keys(before)) if (!(key in after)) patch[key] = null;
  for (const [key, value] of Object.entries(after)) {
    const inner = mergePatch(before[key], value);
    if (inner !== undefined) patch[key] = inner;
  }
  return Object.keys(patch).length > 0 ? patch : undefined;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
