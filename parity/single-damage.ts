import type { Base } from "./bases.ts";
import { fieldPathsOf, type Pick, type Place, reach } from "./field-paths.ts";
import { type Case, collect, damagePlace, freshOf, Maker, schemaOf } from "./random-damage.ts";

const methods = ["POST", "POST", "POST", "PUT", "PUT", "PATCH", "PATCH"] as const;

/** A random write of `base` in which one field is damaged; a patch says nothing but that. */
export function singleDamage(base: Base, pick: Pick, random: () => number): Case {
  const schema = schemaOf(base);
  const isStatus = base.status !== undefined && random() < 0.2;
  const method = base.isReview ? "POST" : isStatus ? pick(["PUT", "PATCH"] as const) : pick(methods);
  const object = method === "POST" ? freshOf(base) : structuredClone(base.object);
  if (isStatus) object.status = structuredClone(base.status);
  const before = structuredClone(object);
  const maker = new Maker(pick, random);
  let place: Place | undefined;
  if (random() < 0.6) place = reach(object, schema, pick(fieldPathsOf(schema, isStatus)), (type, name) => maker.value(type, name), pick);
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
