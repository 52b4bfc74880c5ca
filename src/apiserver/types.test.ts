import { expect, it } from "vitest";
import { rawTables } from "../api/tables.ts";
import wireOnly from "../machinery/meta/wire-only.json" with { type: "json" };
import { type AnyObject, deepCopy } from "../machinery/object.ts";
import { seededRandom } from "../machinery/random.ts";
import type { WireOnlyTypes } from "../machinery/schema/schema.ts";
import { randomObject } from "../machinery/schema/testing/random-object.ts";
import { TypeCatalog } from "./types.ts";

it("reads random objects of every kind as it has written them, in YAML, JSON and protobuf", () => {
  const seed = Math.floor(Math.random() * 1e9);
  const random = seededRandom(seed);
  const types = new TypeCatalog(rawTables, wireOnly as unknown as WireOnlyTypes);
  const text = new TextDecoder();
  for (const [reference, table] of types.schema.tables()) {
    if (!Array.isArray(table.gvk)) continue;
    const type = types.of(reference);
    const object = type.normalize(randomObject(types.schema.type(reference), random, 5) as AnyObject).object;
    const where = `seed ${seed}, ${reference}`;
    const yaml = types.parseYaml(text.decode(types.encodeYaml(object)));
    expect(yaml.problems, where).toEqual([]);
    expect(type.normalize(yaml.value as AnyObject).object, where).toEqual(object);
    const json = types.parseJson(JSON.stringify(object));
    expect(json.problems, where).toEqual([]);
    expect(type.normalize(json.value as AnyObject).object, where).toEqual(object);
    expect(type.decodeProtobuf(type.encodeProtobuf(deepCopy(object))), where).toEqual(object);
  }
});
