import { describe, expect, it } from "vitest";
import {
  differenceOfSets,
  excludeFromSet,
  type FieldSet,
  FieldSetBuilder,
  fieldSet,
  hasElement,
  intersectionOfSets,
  isEmptySet,
  parseFieldSet,
  pathsOf,
  setBelow,
  setHas,
  setsEqual,
  setsIntersect,
  unionSets,
} from "./field-set.ts";
import { formatPath } from "./path-element.ts";

/** A small generator, so that a failure can be replayed by its seed. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const elements = ["f:a", "f:b", 'k:{"n":1}', 'k:{"n":"x"}', 'v:"q"', "i:0"];

function randomPaths(random: (below: number) => number): string[][] {
  return Array.from({ length: random(8) }, () => Array.from({ length: 1 + random(3) }, () => elements[random(elements.length)]!));
}

function setOf(paths: string[][]): FieldSet {
  const builder = new FieldSetBuilder();
  for (const path of paths) builder.add(path);
  return builder.build();
}

const keys = (paths: Iterable<string[]>) => [...new Set([...paths].map((path) => path.join("|")))].sort();

describe("field sets", () => {
  it("are to paths what sets are to items (random, 500 seeds)", () => {
    for (let seed = 1; seed <= 500; seed++) {
      const random = generator(seed);
      const [left, right] = [randomPaths(random), randomPaths(random)];
      const [a, b] = [setOf(left), setOf(right)];
      const [inA, inB] = [keys(left), keys(right)];
      const context = `seed ${seed}`;
      expect(keys(pathsOf(a)), context).toEqual(inA);
      expect(keys(pathsOf(unionSets(a, b))), context).toEqual([...new Set([...inA, ...inB])].sort());
      expect(keys(pathsOf(differenceOfSets(a, b))), context).toEqual(inA.filter((path) => !inB.includes(path)));
      expect(keys(pathsOf(intersectionOfSets(a, b))), context).toEqual(inA.filter((path) => inB.includes(path)));
      expect(setsIntersect(a, b), context).toBe(inA.some((path) => inB.includes(path)));
      expect(keys(pathsOf(excludeFromSet(a, b))), context).toEqual(
        inA.filter((path) => !inB.some((gone) => path === gone || path.startsWith(`${gone}|`))),
      );
      expect(JSON.stringify(unionSets(a, b)), context).toBe(JSON.stringify(setOf([...right, ...left])));
      expect(JSON.stringify(parseFieldSet(JSON.parse(JSON.stringify(a)))), context).toBe(JSON.stringify(a));
      expect(unionSets(a, intersectionOfSets(a, b)), context).toBe(a);
      for (const path of left) expect(setHas(a, path), context).toBe(true);
    }
  });

  it("write members and what lies below them in upstream's order", () => {
    const set = setOf([
      ["i:10"],
      ["i:9"],
      ['v:"b"'],
      ["v:2"],
      ['k:{"n":"a"}'],
      ['k:{"n":443}'],
      ['k:{"n":80}'],
      ["f:z", "f:a"],
      ["f:z"],
      ["f:y", "f:a"],
    ]);
    expect(JSON.stringify(set)).toBe(
      String.raw`{"f:y":{"f:a":{}},"f:z":{".":{},"f:a":{}},"k:{\"n\":80}":{},"k:{\"n\":443}":{},"k:{\"n\":\"a\"}":{},"v:2":{},"v:\"b\"":{},"i:9":{},"i:10":{}}`,
    );
  });

  it("read what clients send", () => {
    expect(parseFieldSet({ "f:b": {}, "f:a": { "f:c": {}, ".": {} }, "x:y": {}, 'k:{"b":1,"a":2}': {} })).toEqual({
      "f:a": { ".": {}, "f:c": {} },
      "f:b": {},
      'k:{"a":2,"b":1}': {},
    });
    expect(() => parseFieldSet({ x: {} })).toThrow("key must be 2 characters long:");
    expect(() => parseFieldSet({ abc: {} })).toThrow("missing colon: abc");
    expect(isEmptySet(parseFieldSet({}))).toBe(true);
  });

  it("answer for single steps", () => {
    const set = fieldSet(["status"], ["metadata", "labels"]);
    expect(hasElement(set, "f:status")).toBe(true);
    expect(hasElement(set, "f:metadata")).toBe(false);
    expect(setsEqual(setBelow(set, "f:metadata"), fieldSet(["labels"]))).toBe(true);
    expect(isEmptySet(setBelow(set, "f:nope"))).toBe(true);
  });

  it("name paths as conflicts do", () => {
    expect(formatPath(["f:spec", "f:containers", 'k:{"containerPort":80,"protocol":"TCP"}', "f:image"])).toBe(
      '.spec.containers[containerPort=80,protocol="TCP"].image',
    );
    expect(formatPath(["f:finalizers", 'v:"a/b"'])).toBe('.finalizers[="a/b"]');
  });
});
