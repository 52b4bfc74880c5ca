import { expect, it } from "vitest";
import { JsonLines } from "./json-lines.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

it("gives values however the bytes are cut", () => {
  const text = '{"a":"ä€"}\n\n[1,2]\n"x"\n';
  const all = bytes(text);
  for (let size = 1; size <= all.length; size++) {
    const lines = new JsonLines();
    const values: unknown[] = [];
    for (let at = 0; at < all.length; at += size) values.push(...lines.push(all.subarray(at, at + size)));
    expect(values).toEqual([{ a: "ä€" }, [1, 2], "x"]);
    expect(lines.incomplete).toBe(false);
  }
});

it("knows when it stands within a value", () => {
  const lines = new JsonLines();
  expect(lines.push(bytes('{"a":1}\n{"b"'))).toEqual([{ a: 1 }]);
  expect(lines.incomplete).toBe(true);
  expect(() => lines.push(bytes("oops\n"))).toThrow(SyntaxError);
});

it("takes a large value in many chunks in linear time", () => {
  const lines = new JsonLines();
  const chunk = bytes("x".repeat(1000));
  lines.push(bytes('"'));
  for (let i = 0; i < 20_000; i++) lines.push(chunk);
  const [value] = lines.push(bytes('"\n'));
  expect((value as string).length).toBe(20_000_000);
});
