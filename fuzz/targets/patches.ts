import { StatusError } from "../../src/machinery/errors.ts";
import { applyConfiguration } from "../../src/machinery/managed-fields/apply-configuration.ts";
import { ApplyConflict } from "../../src/machinery/managed-fields/apply-conflicts.ts";
import type { AnyObject } from "../../src/machinery/object.ts";
import { applyJsonPatch, decodeJsonPatch } from "../../src/machinery/patch/json-patch.ts";
import { applyMergePatch, decodeMergePatch } from "../../src/machinery/patch/merge-patch.ts";
import { applyStrategicMergePatch, decodeStrategicMergePatch } from "../../src/machinery/patch/strategic-merge.ts";
import type { Inputs } from "../inputs.ts";
import { must, refusing, type Target } from "../target.ts";
import { objects, types } from "./formats.ts";

const paths = [
  "/spec",
  "/metadata/labels/a",
  "/spec/containers/0",
  "/spec/template/spec/containers/-",
  "/metadata/labels/__proto__",
  "",
  "/a~1b",
  "/spec/-1",
];
const directives = [
  { $patch: "delete" },
  { $patch: "replace" },
  { "$deleteFromPrimitiveList/finalizers": ["a"] },
  { "$setElementOrder/containers": [{ name: "a" }] },
  { $retainKeys: ["type"] },
];

/** That nothing has got into what all objects share. */
function checkPrototype(): void {
  must(Object.keys(Object.prototype).length === 0 && !("polluted" in {}), "the prototype of all objects has changed");
}

function patched(name: string, weight: number, run: (inputs: Inputs, show: (input: unknown) => void, object: AnyObject) => void): Target {
  return {
    name,
    weight,
    run(inputs, show) {
      run(inputs, show, inputs.pick(objects));
      checkPrototype();
    },
  };
}

export const patchTargets: readonly Target[] = [
  patched("json patch", 20, (inputs, show, object) => {
    const operation = () => ({
      op: inputs.pick(["add", "remove", "replace", "move", "copy", "test", "do"]),
      path: inputs.text(paths),
      ...(inputs.below(3) === 0 ? { from: inputs.text(paths) } : {}),
      ...(inputs.below(3) > 0 ? { value: inputs.value() } : {}),
    });
    const operations = Array.from({ length: 1 + inputs.below(5) }, () => (inputs.below(20) === 0 ? inputs.value() : operation()));
    show({ object, operations });
    refusing([StatusError], () => applyJsonPatch(object, decodeJsonPatch(operations)));
  }),
  patched("merge patch", 8, (inputs, show, object) => {
    const patch = inputs.like(object);
    show({ object, patch });
    refusing([StatusError], () => applyMergePatch(object, decodeMergePatch(patch)));
  }),
  patched("strategic merge patch", 8, (inputs, show, object) => {
    const reference = types.typeOf(object.apiVersion ?? "", object.kind ?? "");
    const schema = reference === undefined ? undefined : types.of(reference).patchSchema;
    if (!schema) return;
    const patch = inputs.like(object);
    if (inputs.below(3) === 0) Object.assign(inputs.pick([patch, (patch.spec ?? patch) as object]), inputs.pick(directives));
    show({ object, patch });
    refusing([StatusError], () => applyStrategicMergePatch(object, decodeStrategicMergePatch(patch), schema));
  }),
  patched("apply", 5, (inputs, show, object) => {
    const { apiVersion = "", kind = "" } = object;
    const reference = types.typeOf(apiVersion, kind);
    if (reference === undefined) return;
    const { shape } = types.of(reference);
    const common = { shape, apiVersion, kind, time: "2024-01-01T00:00:00Z" };
    const first = applyConfiguration({ ...common, live: undefined, config: object, manager: "a", managed: undefined, force: false });
    const config = inputs.like(object);
    show({ object, config });
    refusing([StatusError, ApplyConflict], () => {
      applyConfiguration({
        ...common,
        live: first.object,
        config,
        manager: inputs.pick(["a", "b"]),
        managed: first.managed,
        force: inputs.below(2) === 0,
      });
    });
  }),
];
