import { describe, expect, it } from "vitest";
import { compileLabelSelector, formatLabelSelector, parseLabelSelector, selectorFromLabels } from "./label-selector.ts";

const keyText =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const valueText =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

describe("parseLabelSelector", () => {
  it.each([
    ["", ""],
    [" \t", ""],
    ["b==c,a=b", "a=b,b==c"],
    ["a != b", "a!=b"],
    ["x in (foo,,baz),y,z notin ()", "x in (,baz,foo),y,z notin ()"],
    ["!f", "!f"],
    ["in,notin in (in,notin)", "in,notin in (in,notin)"],
    ["n>5,m<3", "m<3,n>5"],
    ["a=", "a="],
    ["a=,b", "a=,b"],
    ["a in (,)", "a in ()"],
    ["example.com/a in (b)", "example.com/a in (b)"],
  ])("reads %j as %j", (text, want) => {
    expect(String(parseLabelSelector(text))).toBe(want);
  });

  it.each([
    ["a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ["a===b", "unable to parse requirement: found '=', expected: identifier"],
    ["a in b", "unable to parse requirement: found 'b' expected: '('"],
    ["a in (b", "unable to parse requirement: found '', expected: ',' or ')'"],
    ["a in (b c)", "unable to parse requirement: found 'c', expected: ',' or ')'"],
    ["-a", `unable to parse requirement: <nil>: Invalid value: "-a": ${keyText}`],
    ["a=_b", `unable to parse requirement: values[0][a]: Invalid value: "_b": ${valueText}`],
    ["a>=x", "unable to parse requirement: found '=', expected: identifier"],
    ["!", "unable to parse requirement: found '', expected: identifier"],
    [",a", "found ',', expected: !, identifier, or 'end of string'"],
    ["a,,b", "found ',', expected: identifier after ','"],
    ["a>b", `unable to parse requirement: values[0]: Invalid value: "b": for 'Gt', 'Lt' operators, the value must be an integer`],
    ["a=(b)", "unable to parse requirement: found '(', expected: identifier"],
    ["a&b", `unable to parse requirement: <nil>: Invalid value: "a&b": ${keyText}`],
    ["a=b c", "found 'c', expected: ',' or 'end of string'"],
  ])("refuses %j", (text, message) => {
    expect(() => parseLabelSelector(text)).toThrow(expect.objectContaining({ code: 400, reason: "BadRequest", message }));
  });
});

describe("matches", () => {
  const labels = { app: "web", tier: "front", empty: "", size: "10" };
  it.each([
    ["app=web", true],
    ["app==db", false],
    ["app!=db", true],
    ["none!=x", true],
    ["none=", false],
    ["empty=", true],
    ["app in (web,db),tier", true],
    ["app in (db)", false],
    ["none in (,)", false],
    ["app notin (web,db)", false],
    ["none notin (a)", true],
    ["!none", true],
    ["!app", false],
    ["constructor", false],
    ["!constructor", true],
    ["size>9", true],
    ["size<10", false],
    ["app>1", false],
    ["none<1", false],
    ["size<9223372036854775807", true],
  ])("%s → %s", (text, want) => {
    expect(parseLabelSelector(text).matches(labels)).toBe(want);
  });

  it("takes missing labels for none", () => {
    expect(parseLabelSelector("!a").matches(undefined)).toBe(true);
    expect(parseLabelSelector("a=b,c").matches(undefined)).toBe(false);
    expect(parseLabelSelector("").matches(undefined)).toBe(true);
  });
});

describe("selectors of objects", () => {
  it("select nothing when absent and everything when empty", () => {
    expect(compileLabelSelector(undefined).matches({})).toBe(false);
    expect(compileLabelSelector(null).isNothing).toBe(true);
    expect(compileLabelSelector({}).isEverything).toBe(true);
    expect(compileLabelSelector({}).matches({ a: "b" })).toBe(true);
  });

  it("compile labels and expressions", () => {
    const selector = compileLabelSelector({
      matchLabels: { b: "1" },
      matchExpressions: [
        { key: "a", operator: "In", values: ["z", "y"] },
        { key: "c", operator: "NotIn", values: ["1"] },
        { key: "d", operator: "Exists" },
        { key: "e", operator: "DoesNotExist" },
      ],
    });
    expect(String(selector)).toBe("a in (y,z),b=1,c notin (1),d,!e");
    expect(selector.matches({ a: "z", b: "1", d: "" })).toBe(true);
    expect(selector.exactValue("b")).toBe("1");
    expect(selector.exactValue("a")).toBeUndefined();
  });

  it("refuse what can't be", () => {
    const compile = (operator: string, values?: string[]) => () =>
      compileLabelSelector({ matchExpressions: [{ key: "a", operator, ...(values ? { values } : {}) }] });
    expect(compile("Near")).toThrow('"Near" is not a valid label selector operator');
    expect(compile("constructor")).toThrow('"constructor" is not a valid label selector operator');
    expect(compile("In")).toThrow("values: Invalid value: null: for 'in', 'notin' operators, values set can't be empty");
    expect(compile("Exists", ["a"])).toThrow('values: Invalid value: ["a"]: values set must be empty for exists and does not exist');
    expect(() => compileLabelSelector({ matchLabels: { "-": "_" } })).toThrow(
      `[key: Invalid value: "-": ${keyText}, values[0][-]: Invalid value: "_": ${valueText}]`,
    );
  });

  it("print as tables show them", () => {
    expect(formatLabelSelector(undefined)).toBe("<none>");
    expect(formatLabelSelector({})).toBe("<none>");
    expect(formatLabelSelector({ matchLabels: { a: "b" } })).toBe("a=b");
    expect(formatLabelSelector({ matchExpressions: [{ key: "a", operator: "?" }] })).toBe("<error>");
  });

  it("come from plain labels too", () => {
    expect(String(selectorFromLabels({ b: "2", a: "1" }))).toBe("a=1,b=2");
    expect(selectorFromLabels(undefined).isEverything).toBe(true);
  });
});
