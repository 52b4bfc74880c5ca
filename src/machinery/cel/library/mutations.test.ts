import { expect, test } from "vitest";
import { compile } from "../program.ts";
import { toJSON } from "../schema/json-values.ts";
import type { Value } from "../values/value.ts";
import { FunctionLibrary } from "./functions.ts";
import { mutationStruct, typeNameErrors } from "./mutations.ts";

const environment = { variables: new Map(), struct: mutationStruct, extraFunctions: new Set(["jsonpatch.escapeKey"]) };

function evaluate(text: string): Value {
  return compile(text, environment)
    .program(new FunctionLibrary())
    .evaluate(() => undefined).value;
}

test("objects of mutating policies become the data of their fields", () => {
  const made = evaluate('Object{spec: Object.spec{replicas: 3, ?paused: optional.none()}, metadata: Object.metadata{labels: {"a": "b"}}}');
  expect(toJSON(made)).toEqual({ spec: { replicas: 3 }, metadata: { labels: { a: "b" } } });
  expect(typeNameErrors(made)).toEqual([]);
});

test("type names that aren't the path of their field are told", () => {
  expect(typeNameErrors(evaluate("Object{spec: Object.status{replicas: 3}}"))).toEqual([
    'unexpected type name "Object.status", expected "Object.spec", which matches field name path from root Object type',
  ]);
});

test("JSON patches", () => {
  const patch = evaluate('[JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("a/b"), value: "c"}]');
  expect(toJSON(patch)).toEqual([{ op: "add", path: "/metadata/labels/a~1b", value: "c" }]);
  expect(() => compile("JSONPatch{op: 1}", environment)).toThrow(
    "ERROR: <input>:1:13: expected type of field 'op' is 'string' but provided type is 'int'\n | JSONPatch{op: 1}\n | ............^",
  );
});
