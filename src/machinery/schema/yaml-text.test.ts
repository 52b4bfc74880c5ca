import { expect, it } from "vitest";
import { parse } from "yaml";
import { yamlText } from "./yaml-text.ts";

it.each([
  ["list", "list\n"],
  ["", '""\n'],
  ["*", "'*'\n"],
  ["client auth", "client auth\n"],
  ["it's: so", "'it''s: so'\n"],
  ["true", '"true"\n'],
  ["1.5", '"1.5"\n'],
  [true, "true\n"],
  [7, "7\n"],
  [[], "[]\n"],
  [["name", "protocol"], "- name\n- protocol\n"],
  [{ group: "", kind: "Pod", version: "v1" }, 'group: ""\nkind: Pod\nversion: v1\n'],
  [[{ discriminator: "type", fields: { a: "A" } }], "- discriminator: type\n  fields:\n    a: A\n"],
])("writes %j as upstream does", (value, text) => {
  expect(yamlText(value)).toBe(text);
});

it.each([
  "yes",
  "NO",
  "0x1f",
  "2001-01-02",
  "12:30:00",
  ".inf",
  "~",
  "- a",
  "---",
  "a #b",
  "a: b",
  "two\nlines",
  "tab\there",
  " ends ",
  "größe",
  "'quoted'",
  '"quoted"',
  "{a}",
  "%TAG",
  "@x",
  "!x",
  "&x",
  "?",
  "-1",
  "+.5",
  "1e3",
])("writes the text %j such that YAML of both versions reads it as it was", (text) => {
  const value = [text, { [text]: [[text], { a: text, b: {} }] }];
  expect(parse(yamlText(value))).toEqual(value);
  expect(parse(yamlText(value), { version: "1.1" })).toEqual(value);
});
