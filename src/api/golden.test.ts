import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { VirtualClock } from "../machinery/clock.ts";
import { invalid, path } from "../machinery/errors.ts";
import type { AnyObject } from "../machinery/object.ts";
import type { Platform } from "../machinery/platform.ts";
import { seededRandom } from "../machinery/random.ts";
import { apiVersionOf } from "../machinery/resource-ref.ts";
import { nameIsDNSSubdomain } from "../machinery/validation/names.ts";
import { validateObjectMeta } from "../machinery/validation/object-meta.ts";
import type { ResourceDefinition } from "./define-resource.ts";
import { builtInResources } from "./registry.ts";

/**
 * What a kube-apiserver v1.36 answered to a dry-run create of each object: the message of a refusal, or the object with its
 * defaults. `decoded` is the body after decoding: constants of the tables filled in, quantities in canonical form.
 */
interface Golden {
  name: string;
  group: string;
  version: string;
  resource: string;
  decoded: AnyObject;
  message?: string;
  object?: AnyObject;
  warnings?: string[];
}

const definitions = builtInResources();

function goldens(file: string): Golden[] {
  const text = readFileSync(new URL(`./testdata/${file}`, import.meta.url), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** The way of an object through a create, as the API server goes it. */
function create(definition: ResourceDefinition, object: AnyObject): { object?: AnyObject; message?: string; warnings?: string[] } {
  const { behaviour } = definition;
  const namespace = definition.namespaced ? "default" : "";
  const context = {
    clock: new VirtualClock(),
    random: seededRandom(1),
    namespace,
    subresource: "",
    dryRun: true,
    user: "admin",
    uid: "",
    groups: [],
    extra: undefined,
    platform: {} as Platform,
    namespaceLabels: () => undefined,
    warn: () => undefined,
  };
  object.apiVersion = apiVersionOf(definition);
  object.kind = definition.kind;
  if (namespace !== "") object.metadata.namespace = namespace;
  object.metadata.uid = "u";
  behaviour.default?.(object);
  if (definition.subresources?.status && !behaviour.keepsStatusOnCreate) delete object.status;
  if (behaviour.countsGenerations) object.metadata.generation = 1;
  behaviour.dropDisabled?.(object);
  behaviour.prepareForCreate?.(object, context);
  const errors = [
    ...validateObjectMeta(
      object.metadata,
      { namespaced: definition.namespaced, nameRule: (...name) => (behaviour.validateName ?? nameIsDNSSubdomain)(...name, object) },
      path("metadata"),
    ),
    ...(behaviour.validate?.(object, context) ?? []),
  ];
  if (errors.length > 0) return { message: invalid(definition, object.metadata.name ?? "", errors).message };
  const warnings = [...(behaviour.deprecation ? [behaviour.deprecation] : []), ...(behaviour.warnings?.(object, undefined, "") ?? [])];
  if (behaviour.defaultsStored) behaviour.default?.(object);
  delete object.metadata.uid;
  return { object, ...(warnings.length > 0 ? { warnings } : {}) };
}

for (const file of ["pods.jsonl", "kinds.jsonl"]) {
  describe(`create, beside upstream (${file})`, () => {
    it.each(goldens(file).map((golden) => [golden.name, golden] as const))("%s", (_name, golden) => {
      const { group, version, resource, decoded, message, object, warnings } = golden;
      const definition = definitions.find((one) => one.group === group && one.version === version && one.resource === resource);
      const result = create(definition as ResourceDefinition, decoded);
      if (message === undefined) expect(result.message).toBeUndefined();
      else expect(result.message).toBe(message);
      if (object) expect(result.object).toEqual(object);
      expect(result.warnings).toEqual(warnings);
    });
  });
}
