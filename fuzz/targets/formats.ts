import { isDeepStrictEqual } from "node:util";
import { bases } from "../../parity/bases.ts";
import { rawTables } from "../../src/api/tables.ts";
import { TypeCatalog, YamlError } from "../../src/apiserver/types.ts";
import { exactJson } from "../../src/machinery/exact-json.ts";
import wireOnly from "../../src/machinery/meta/wire-only.json" with { type: "json" };
import type { AnyObject } from "../../src/machinery/object.ts";
import { QuantityError } from "../../src/machinery/quantity.ts";
import { apiVersionOf, parseApiVersion } from "../../src/machinery/resource-ref.ts";
import { DecodeError } from "../../src/machinery/schema/decode.ts";
import { decodeEnvelope, encodeEnvelope } from "../../src/machinery/schema/envelope.ts";
import { JsonSyntaxError, parseJsonStrict } from "../../src/machinery/schema/json-text.ts";
import type { WireOnlyTypes } from "../../src/machinery/schema/schema.ts";
import { TimeError } from "../../src/machinery/schema/time-text.ts";
import { WireError } from "../../src/machinery/schema/wire-reader.ts";
import { must, refusing, type Target } from "../target.ts";

export const types = new TypeCatalog(rawTables, wireOnly as unknown as WireOnlyTypes);
export const objects = bases.map(({ object }) => object as AnyObject);
const jsonTexts = objects.map((object) => JSON.stringify(object));
const yamlTexts = [
  ...objects.map((object) => new TextDecoder().decode(types.encodeYaml(object))),
  "a: &x [1, *x]\n",
  "a: &a\n  b: c\nd:\n  <<: *a\n",
  "a: |\n  text\nb: >-\n  folded\n# comment\n--- \nc: {d: [1, 2.5, 0x1f, 1e3, yes, ~]}\n",
];

/** As a client without exact integers has it. */
const rounded = (value: unknown): unknown => JSON.parse(exactJson(value));

const parseJson: Target = {
  name: "json",
  weight: 20,
  run(inputs, show) {
    const text = inputs.text(jsonTexts);
    show(text);
    refusing([JsonSyntaxError], () => {
      const { value } = parseJsonStrict(text, { keepNumbers: false, joins: false });
      must(isDeepStrictEqual(rounded(value), rounded(JSON.parse(text))), "a text means something else than it does to JSON.parse");
    });
  },
};

const parseYaml: Target = {
  name: "yaml",
  weight: 4,
  run(inputs, show) {
    const text = inputs.text(yamlTexts);
    show(text);
    refusing([YamlError], () => types.parseYaml(text));
    refusing([SyntaxError], () => types.parseConfiguration(text));
  },
};

const typeOf = (object: AnyObject) => {
  const reference = types.typeOf(object.apiVersion ?? "", object.kind ?? "");
  if (reference === undefined) throw new Error(`no type of ${object.apiVersion} ${object.kind}`);
  return types.of(reference);
};
const builtIn = objects.filter(({ apiVersion = "", kind = "" }) => types.typeOf(apiVersion, kind) !== undefined);

const decodeObjects: Target = {
  name: "objects",
  weight: 12,
  run(inputs, show) {
    const example = inputs.pick(builtIn);
    const body = inputs.like(example);
    show(body);
    const type = typeOf(example);
    refusing([DecodeError, TimeError, QuantityError], () => {
      const { object } = type.normalize(body);
      type.applyDefaults(object);
      type.checkRequired(object);
      const again = type.decodeProtobuf(type.encodeProtobuf(object));
      must(typeof again === "object", "protobuf gave no object back");
    });
  },
};

export const encoded = builtIn.map((object) => {
  const { group, version } = parseApiVersion(object.apiVersion as string);
  const raw = typeOf(object).encodeProtobuf(typeOf(object).normalize(structuredClone(object)).object);
  return { type: typeOf(object), raw, bytes: encodeEnvelope(apiVersionOf({ group, version }), object.kind as string, raw) };
});

const decodeProtobuf: Target = {
  name: "protobuf",
  weight: 12,
  run(inputs, show) {
    const { type, raw, bytes } = inputs.pick(encoded);
    const input = inputs.bytes(inputs.below(4) === 0 ? bytes : raw);
    show(Buffer.from(input).toString("base64"));
    refusing([WireError], () => decodeEnvelope(input));
    refusing([WireError, TimeError, QuantityError, DecodeError], () => type.normalize(type.decodeProtobuf(input)));
  },
};

export const formatTargets: readonly Target[] = [parseJson, parseYaml, decodeObjects, decodeProtobuf];
