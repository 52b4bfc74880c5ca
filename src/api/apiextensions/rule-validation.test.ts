import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { path } from "../../machinery/errors.ts";
import { validateSchema } from "./schema-validation.ts";

const file = new URL("../../machinery/cel/testdata/definitions.jsonl", import.meta.url);
const recorded: { schema: object; causes: { reason: string; field: string; message: string }[] }[] = readFileSync(file, "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line));
const byText = (a: string, b: string) => (a < b ? -1 : 1);

describe("rules of a definition that don't compile or cost too much are refused as the reference refused them", () => {
  test.each(recorded.map((one) => [JSON.stringify(one.schema).slice(0, 160), one] as const))("%s", (_, { schema, causes }) => {
    const errors = validateSchema({ openAPIV3Schema: schema }, false, path("spec", "validation"));
    const shown = errors.map(({ type, field, body }) => `${type} ${field} ${body}`).sort(byText);
    expect(shown).toEqual(causes.map(({ reason, field, message }) => `${reason} ${field} ${message}`).sort(byText));
  });
});
