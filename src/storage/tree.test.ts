import { describe, expect, it } from "vitest";
import { seededRandom } from "../machinery/random.ts";
import { Tree } from "./tree.ts";

interface Item {
  key: string;
  value: number;
}

const item = (key: string, value = 0): Item => ({ key, value });
const keys = (items: Iterable<Item>): string[] => [...items].map((each) => each.key);

function rangeOf(model: ReadonlyMap<string, number>, prefix: string, after?: string): string[] {
  return [...model.keys()].filter((key) => key.startsWith(prefix) && (after === undefined || key > after)).sort();
}

describe("Tree", () => {
  it("is empty at first", () => {
    const tree = Tree.empty<Item>();
    expect(tree.size).toBe(0);
    expect(tree.get("a")).toBeUndefined();
    expect(keys(tree.range(""))).toEqual([]);
    expect(tree.count("a")).toBe(0);
  });

  it("leaves older trees as they were", () => {
    const first = Tree.from([item("a", 1), item("b", 1)]);
    const second = first.edit((editor) => {
      editor.set(item("a", 2));
      editor.delete("b");
      editor.set(item("c", 2));
    });
    expect([...first.range("")]).toEqual([item("a", 1), item("b", 1)]);
    expect([...second.range("")]).toEqual([item("a", 2), item("c", 2)]);
  });

  it("returns itself when an edit changes nothing", () => {
    const tree = Tree.from([item("a")]);
    expect(tree.edit((editor) => editor.delete("b"))).toBe(tree);
  });

  it("ranges and counts by prefix and position", () => {
    const all = ["/a/", "/a/x", "/a/y", "/a/y/z", "/a0", "/b/x", "/b/y"];
    const tree = Tree.from(all.map((key) => item(key)));
    expect(keys(tree.range("/a/"))).toEqual(["/a/", "/a/x", "/a/y", "/a/y/z"]);
    expect(keys(tree.range("/a/", "/a/x"))).toEqual(["/a/y", "/a/y/z"]);
    expect(keys(tree.range("/a/", "/a/xx"))).toEqual(["/a/y", "/a/y/z"]);
    expect(keys(tree.range("/b/", "/a"))).toEqual(["/b/x", "/b/y"]);
    expect(keys(tree.range("/a/", "/b/x"))).toEqual([]);
    expect(keys(tree.range("/c"))).toEqual([]);
    expect(tree.count("/a/")).toBe(4);
    expect(tree.count("/a/", "/a/x")).toBe(2);
    expect(tree.count("/a/", "/b/x")).toBe(0);
    expect(tree.count("")).toBe(7);
  });

  it("selects what a filter matches, and asks it again only about leaves that changed", () => {
    const all = Array.from({ length: 1000 }, (_, index) => item(`k${String(index).padStart(6, "0")}`, index));
    const tree = Tree.from([item("a", 7), ...all, item("z", 7)]);
    let asked = 0;
    const filter = {
      matches: ({ value }: Item) => {
        asked++;
        return value % 100 === 7;
      },
    };
    const expected = ["k000007", "k000107", "k000207", "k000307", "k000407", "k000507", "k000607", "k000707", "k000807", "k000907"];
    expect(keys(tree.select("k", filter))).toEqual(expected);
    expect(asked).toBe(1000);
    expect(keys(tree.select("k", filter))).toEqual(expected);
    const changed = tree.edit((editor) => editor.set(item("k000307", 8)));
    asked = 0;
    expect(keys(changed.select("k", filter))).toEqual(expected.filter((key) => key !== "k000307"));
    // The changed leaf, and the first and the last one, which other prefixes share.
    expect(asked).toBeLessThan(200);
    expect(keys(tree.select("k", filter))).toEqual(expected);
    expect(keys(tree.select("k0001", filter))).toEqual(["k000107"]);
    expect(keys(tree.select("x", filter))).toEqual([]);
  });

  for (const size of [0, 1, 55, 56, 57, 64, 65, 3136, 3137, 10_000]) {
    it(`loads ${size} sorted items`, () => {
      const all = Array.from({ length: size }, (_, index) => item(`k${String(index).padStart(6, "0")}`, index));
      const tree = Tree.from(all);
      expect(tree.size).toBe(size);
      expect([...tree.range("k")]).toEqual(all);
      for (let index = 0; index < size; index += 97) expect(tree.rank((all[index] as Item).key)).toBe(index);
    });
  }

  it("grows in order and shrinks to nothing", () => {
    let tree = Tree.empty<Item>();
    const names = Array.from({ length: 5000 }, (_, index) => `k${String(index).padStart(6, "0")}`);
    for (const name of names) tree = tree.edit((editor) => editor.set(item(name)));
    expect(keys(tree.range(""))).toEqual(names);
    const full = tree;
    for (const name of names.toReversed()) tree = tree.edit((editor) => editor.delete(name));
    expect(tree.size).toBe(0);
    expect(keys(tree.range(""))).toEqual([]);
    expect(full.size).toBe(5000);
  });

  const seed = Number(process.env.SEED ?? 20260101);
  it(`agrees with a map in random use, seed ${seed}`, () => {
    const random = seededRandom(seed);
    const pick = (below: number) => Math.floor(random.next() * below);
    const name = () => `/${"abc"[pick(3)]}/${"xyz"[pick(3)]}/${pick(300)}`;
    let tree = Tree.empty<Item>();
    const model = new Map<string, number>();
    const filter = { matches: ({ value, key }: Item) => (value + key.length) % 3 === 0 };
    const kept: { tree: Tree<Item>; model: Map<string, number> }[] = [];
    for (let round = 0; round < 400; round++) {
      const deleteBias = round < 200 ? 0.25 : 0.6;
      tree = tree.edit((editor) => {
        for (let change = pick(40); change >= 0; change--) {
          const key = name();
          if (random.next() < deleteBias) expect(editor.delete(key)).toBe(model.delete(key));
          else {
            editor.set(item(key, round));
            model.set(key, round);
          }
          expect(editor.get(key)?.value).toBe(model.get(key));
        }
      });
      if (round % 40 === 0) kept.push({ tree, model: new Map(model) });
      for (let check = 0; check < 5; check++) {
        const prefix = ["", "/a/", "/b/x", "/c/z/1", name()][pick(5)] as string;
        const after = random.next() < 0.5 ? name() : undefined;
        const expected = rangeOf(model, prefix, after);
        expect(keys(tree.range(prefix, after))).toEqual(expected);
        expect(tree.count(prefix, after)).toBe(expected.length);
        const matching = rangeOf(model, prefix).filter((key) => filter.matches(item(key, model.get(key))));
        expect(keys(tree.select(prefix, filter))).toEqual(matching);
      }
      expect(tree.size).toBe(model.size);
    }
    for (const { tree: old, model: then } of kept) {
      expect([...old.range("")]).toEqual([...then.keys()].sort().map((key) => item(key, then.get(key))));
    }
  });
});
