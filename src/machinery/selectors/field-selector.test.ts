import { describe, expect, it } from "vitest";
import { escapeFieldValue, metadataFields, parseFieldSelector, selectableFields } from "./field-selector.ts";

const pods = selectableFields(["metadata.name", "metadata.namespace", "spec.nodeName", "status.phase"], { "spec.host": "spec.nodeName" });

describe("parseFieldSelector", () => {
  it("reads terms, sorted, and finds exact values", () => {
    const selector = parseFieldSelector("spec.nodeName!=n2,metadata.name==web,,", pods);
    expect(String(selector)).toBe("metadata.name=web,spec.nodeName!=n2");
    expect(selector.exactValue("metadata.name")).toBe("web");
    expect(selector.exactValue("spec.nodeName")).toBeUndefined();
    const values: Record<string, string> = { "metadata.name": "web", "spec.nodeName": "n1" };
    expect(selector.matches((field) => values[field])).toBe(true);
    expect(selector.matches((field) => (field === "spec.nodeName" ? "n2" : "web"))).toBe(false);
    expect(parseFieldSelector("spec.nodeName=", pods).matches(() => undefined)).toBe(true);
    expect(parseFieldSelector("", pods).isEverything).toBe(true);
  });

  it("translates outdated names", () => {
    expect(String(parseFieldSelector("spec.host=n1", pods))).toBe("spec.nodeName=n1");
  });

  it("reads and writes escapes", () => {
    const value = "a,b=c\\d";
    const selector = parseFieldSelector(`x=${escapeFieldValue(value)},y=z`);
    expect(selector.terms).toEqual([
      { field: "x", operator: "=", value },
      { field: "y", operator: "=", value: "z" },
    ]);
    expect(String(selector)).toBe("x=a\\,b\\=c\\\\d,y=z");
  });

  it.each([
    ["foo=bar", "field label not supported: foo"],
    ["foo", "invalid selector: 'foo'; can't understand 'foo'"],
    ["spec.nodeName=a\\xb", "invalid field selector: invalid escape sequence: \\x"],
    ["metadata.name=a=b", "invalid field selector: unescaped character in value: 61"],
    ["metadata.name=\\", "invalid field selector: invalid escape sequence: \\"],
  ])("refuses %j", (text, message) => {
    expect(() => parseFieldSelector(text, pods)).toThrow(expect.objectContaining({ code: 400, message }));
  });

  it("knows kinds without fields of their own", () => {
    expect(String(parseFieldSelector("metadata.namespace=a", metadataFields))).toBe("metadata.namespace=a");
    expect(() => parseFieldSelector("foo=a", metadataFields)).toThrow(
      '"foo" is not a known field selector: only "metadata.name", "metadata.namespace"',
    );
  });
});
