import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { evaluateForTest, type ReferenceAnswer, type ReferenceRequest } from "./testing/reference-form.ts";

interface Recorded {
  expr: string;
  schema?: number;
  self?: number;
  authorizer?: boolean;
  jsonPatch?: boolean;
  answer: ReferenceAnswer;
}

const [first, ...rest] = readFileSync(new URL("testdata/expressions.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n");
const { schemas, selfs } = JSON.parse(first as string);
const recorded: Recorded[] = rest.map((line) => JSON.parse(line));

describe("expressions have the type, costs, value and errors that the reference gave them", () => {
  test.each(recorded.map((one) => [one.expr.slice(0, 100), one] as const))("%s", (_, one) => {
    const { answer, schema, self, ...request } = one;
    const full: ReferenceRequest = { ...request };
    if (schema !== undefined) full.schema = schemas[schema];
    if (self !== undefined) full.self = selfs[self];
    expect(evaluateForTest(full)).toEqual(answer);
  });
});
