import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { FieldPath } from "../errors.ts";
import { FunctionLibrary } from "./library/functions.ts";
import { ruleValidator } from "./validations.ts";

interface Recorded {
  schema: number;
  old: unknown;
  new: unknown;
  refused: boolean;
  causes: { reason: string; field: string; message: string }[];
  warnings: string[];
}

const lines = readFileSync(new URL("testdata/rules.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n");
const { schemas } = JSON.parse(lines[0] as string);
const recorded: Recorded[] = lines.slice(1).map((line) => JSON.parse(line));
const library = new FunctionLibrary();
const byText = (a: string, b: string) => (a < b ? -1 : 1);

describe("rules of a schema complain as the reference did", () => {
  test.each(recorded.map((one) => [`${JSON.stringify(one.old)} → ${JSON.stringify(one.new)}`.slice(0, 200), one] as const))(
    "%s",
    (_, one) => {
      const validator = ruleValidator(schemas[one.schema], true, library);
      const { errors, warnings } = validator?.validate(one.new, one.old, new FieldPath("")) ?? { errors: [], warnings: [] };
      const shown = errors.map(({ type, field, body }) => `${type} ${field} ${body}`).sort(byText);
      expect(shown).toEqual(one.causes.map(({ reason, field, message }) => `${reason} ${field} ${message}`).sort(byText));
      if (!one.refused) expect(warnings).toEqual(one.warnings);
    },
  );

  test("a schema without rules needs no validator", () => {
    expect(ruleValidator({ type: "object" }, true, library)).toBeUndefined();
  });

  test("rules end where their cost goes beyond the budget", () => {
    const rule = { rule: "self.all(a, self.all(b, self.all(c, a + b + c > 0)))" };
    const list = { type: "array", items: { type: "integer" }, "x-kubernetes-validations": [rule, { rule: "self.size() == 0" }] };
    const validator = ruleValidator({ type: "object", properties: { list } }, true, library);
    const { errors } = validator?.validate({ list: Array.from({ length: 90 }, () => 1) }, undefined, new FieldPath("")) ?? { errors: [] };
    expect(errors.map(({ text }) => text)).toEqual([
      `list: Invalid value: "array": 'operation cancelled: actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit for rule: ${rule.rule}`,
    ]);
  });

  test.each([
    "self.t.replace('', self.t).replace('', self.t) == ''",
    "'%s%s%s%s'.format([self.t, self.t, self.t, self.t]).split('').map(c, self.t).join(self.t) == ''",
    "'%.999999999999f'.format([1.5]) == ''",
    "lists.range(9223372036854775807).size() == 0",
    "self.t.matches('^(((a*)*)*)*b$')",
  ])("no text or list grows without end: %s", (rule) => {
    const schema = { type: "object", properties: { t: { type: "string" } }, "x-kubernetes-validations": [{ rule }] };
    const { errors } = ruleValidator(schema, false, library)?.validate({ t: "a".repeat(20_000) }, undefined, new FieldPath("")) ?? {
      errors: [],
    };
    expect(errors).toHaveLength(1);
  });

  test("names that only JavaScript knows are no fields", () => {
    const schema = {
      type: "object",
      properties: { map: { type: "object", additionalProperties: { type: "string" } } },
      "x-kubernetes-validations": [{ rule: "!('constructor' in self.map) && !('__proto__' in self.map) && !has(self.map.toString)" }],
    };
    const value = JSON.parse('{"map": {"a": "b"}}');
    expect(ruleValidator(schema, false, library)?.validate(value, undefined, new FieldPath("")).errors).toEqual([]);
    const own = JSON.parse('{"map": {"__proto__": "b"}}');
    expect(ruleValidator(schema, false, library)?.validate(own, undefined, new FieldPath("")).errors).toHaveLength(1);
  });
});
