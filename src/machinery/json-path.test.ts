import { expect, it } from "vitest";
import { compileJsonPath, JsonPathError } from "./json-path.ts";

const object = {
  metadata: { name: "a", labels: { "app.kubernetes.io/name": "web" } },
  status: {
    conditions: [
      { type: "Ready", status: "True", age: 3 },
      { type: "Synced", status: "False", age: 5 },
    ],
    numbers: [1, 2, 3],
  },
};

it.each([
  [".metadata.name", ["a"]],
  ["$.metadata.name", ["a"]],
  [".metadata.labels.app\\.kubernetes\\.io/name", ["web"]],
  [".metadata.labels['app\\.kubernetes\\.io/name']", ["web"]],
  [".metadata.labels['app.kubernetes.io/name']", []],
  [".status.conditions[0].status", ["True"]],
  [".status.conditions[-1].type", ["Synced"]],
  [".status.conditions[5].type", []],
  ['.status.conditions[?(@.type=="Ready")].status', ["True"]],
  [".status.conditions[?(@.type!='Ready')].status", ["False"]],
  [".status.conditions[?(@.age>3)].type", ["Synced"]],
  [".status.conditions[?(@.nothing)].type", []],
  [".status.conditions[*].type", ["Ready", "Synced"]],
  [".status.numbers[1:]", [2, 3]],
  [".status.numbers[0,2]", [1, 3]],
  ["..type", ["Ready", "Synced"]],
  [".nothing.at.all", []],
])("%s leads to %j", (path, found) => {
  expect(compileJsonPath(path)(object)).toEqual(found);
});

it("refuses what is no path", () => {
  expect(() => compileJsonPath(".a[")).toThrow(new JsonPathError("unterminated array"));
  expect(() => compileJsonPath(".a[x]")).toThrow(new JsonPathError("invalid array index x"));
});
