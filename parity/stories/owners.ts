import { patch, put } from "../sequences.ts";
import type { Dice } from "./dice.ts";
import type { StoryStep } from "./story.ts";
import type { StoryKind } from "./story-kind.ts";

const owned = { "f:metadata": { "f:labels": { ".": {}, "f:app": {} } } };

/** What is said of owners: entries as they should be, and as they shouldn't. */
function saidOfOwners({ pick, chance }: Dice, apiVersion: string): unknown {
  const entry = (more: object = {}) => ({
    manager: pick(["kubectl", "parity", "x"]),
    operation: pick(["Update", "Apply"]),
    apiVersion,
    time: "2024-01-01T00:00:00Z",
    fieldsType: "FieldsV1",
    fieldsV1: pick([owned, { "f:spec": {} }, { "f:spec": { ".": {} } }, {}, { "f:none": { 'k:{"name":"x"}': {}, "v:1": {}, "i:0": {} } }]),
    ...more,
  });
  if (chance(0.5)) return [entry(), entry()].slice(0, pick([1, 1, 2]));
  return pick([
    [],
    [{}],
    null,
    [entry(), {}],
    [entry({ operation: "Other" })],
    [entry({ fieldsType: "FieldsV2" })],
    [entry({ fieldsType: null })],
    [entry({ fieldsV1: { "x:y": {} } })],
    [entry({ fieldsV1: null })],
    [entry({ fieldsV1: { "f:spec": 1 } })],
    [entry({ apiVersion: pick(["", "v9", "apps/v1", "a/b/c"]) })],
    [entry({ manager: "" })],
    [entry({ manager: null })],
    [entry({ time: null })],
    [entry({ time: "x" })],
    [entry({ subresource: "status" })],
    [entry({ subresource: "none" })],
    [entry({ unknown: 1 })],
    {},
    "x",
    [1],
  ]);
}

/** Somebody writes down who owns what. */
export function writesOwners(kind: StoryKind, place: string, dice: Dice): StoryStep {
  const { pick, chance } = dice;
  const { apiVersion } = kind.object;
  const managedFields = saidOfOwners(dice, apiVersion);
  const change = { metadata: { managedFields } };
  const below = chance(0.2) ? "/status" : "";
  const own = "/metadata/managedFields";
  const way = pick(["merge", "merge", "edit", "edit", "json", "json", "put", "strategic", "apply", "steps", "steps"]);
  if (way === "edit") return { edit: place, at: below, change };
  if (way === "put") {
    const name = place.slice(place.lastIndexOf("/") + 1);
    return put(`${place}${below}`, { ...kind.object, metadata: { ...kind.object.metadata, name, managedFields } });
  }
  if (way === "json") return patch("json", `${place}${below}`, [{ op: pick(["add", "replace"]), path: own, value: managedFields }]);
  if (way === "apply") {
    const name = place.slice(place.lastIndexOf("/") + 1);
    return patch("apply", `${place}${below}?fieldManager=helm`, { apiVersion, kind: kind.object.kind, metadata: { name, managedFields } });
  }
  if (way === "steps") {
    const step = pick([
      { op: "remove", path: `${own}/0` },
      { op: "remove", path: own },
      { op: "replace", path: `${own}/0/manager`, value: pick(["renamed", "kubectl", "", null]) },
      { op: "replace", path: `${own}/0/operation`, value: pick(["Apply", "Update"]) },
      { op: "add", path: `${own}/0/time`, value: pick(["2020-01-01T00:00:00Z", null]) },
      { op: "remove", path: `${own}/0/fieldsV1` },
      { op: "add", path: `${own}/0/fieldsV1/f:extra`, value: {} },
      {
        op: "add",
        path: `${own}/-`,
        value: pick([{}, { manager: "y", operation: "Apply", apiVersion, fieldsType: "FieldsV1", fieldsV1: owned }]),
      },
      { op: "copy", from: `${own}/0`, path: `${own}/-` },
      { op: "test", path: `${own}/0/manager`, value: "parity" },
    ]);
    return patch("json", `${place}${below}`, chance(0.3) ? [step, { op: "add", path: "/metadata/labels/owners", value: "x" }] : [step]);
  }
  return patch(way as "merge" | "strategic", `${place}${below}`, change);
}

/** Applies that leave out, take over and give back what was applied before. */
export function appliesAgain(kind: StoryKind, place: string, { pick, chance }: Dice): StoryStep[] {
  const { apiVersion, kind: type, metadata, ...rest } = kind.object;
  const name = place.slice(place.lastIndexOf("/") + 1);
  const bare = { apiVersion, kind: type, metadata: { name } };
  const whole = { ...bare, ...rest };
  const managers = ["kubectl", "helm", "kubectl"];
  const change = () => JSON.parse(JSON.stringify(pick(kind.changes.length > 0 ? kind.changes : [{}]), (_key, value) => value ?? undefined));
  const configuration = () =>
    pick([bare, whole, { ...bare, ...change() }, { ...whole, ...change() }, { ...bare, metadata: { name, labels: { app: "b" } } }]);
  return Array.from({ length: pick([2, 3, 4]) }, () =>
    patch("apply", `${place}?fieldManager=${pick(managers)}${chance(0.4) ? "&force=true" : ""}`, configuration()),
  );
}
