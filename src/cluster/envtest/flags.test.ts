import { expect, it } from "vitest";
import { checkFlags, helpText, parseGoFlags } from "./flags.ts";

const known = { used: { port: "where to listen" }, idle: ["v"] };

it("reads flags in each form that Go programs take", () => {
  const flags = parseGoFlags(["--a=1", "-b", "2", "--c", "--d=x=y", "--a=3", "--e="]);
  expect([...flags]).toEqual([
    ["a", ["1", "3"]],
    ["b", ["2"]],
    ["c", ["true"]],
    ["d", ["x=y"]],
    ["e", [""]],
  ]);
  expect(() => parseGoFlags(["serve"])).toThrow('"serve" is no flag such as --name=value');
});

it("refuses flags that would change something and don't", () => {
  checkFlags("etcd", parseGoFlags(["--port=1", "-v=2"]), known);
  expect(() => checkFlags("etcd", parseGoFlags(["--quota=1"]), known)).toThrow("kybern's etcd has no flag --quota; it takes port");
});

it("tells of its flags as programs look for them", () => {
  expect(helpText("etcd", known)).toMatch(/^\s+--port\b/m);
});
