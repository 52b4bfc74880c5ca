import { describe, expect, it } from "vitest";
import { JsonNumber, parseJsonStrict } from "./json-text.ts";

describe("duplicate fields", () => {
  it("are told with their path; the last counts", () => {
    const text = `{"metadata":{"name":"a", "name" : "b","labels":{"a":"b","a":"c"}},
      "spec":{"containers":[{"name":"a"},{"name":"a","name":"b"}],"containers":[]},"kind":"Pod","kind":"Pod"}`;
    const { value, duplicates } = parseJsonStrict(text);
    expect(duplicates).toEqual([
      'duplicate field "metadata.name"',
      'duplicate field "metadata.labels.a"',
      'duplicate field "spec.containers[1].name"',
      'duplicate field "spec.containers"',
      'duplicate field "kind"',
    ]);
    expect(value).toEqual({ metadata: { name: "b", labels: { a: "c" } }, spec: { containers: [] }, kind: "Pod" });
  });

  it("are joined where they are objects", () => {
    expect(parseJsonStrict('{"data":{"a":"1","b":{"c":1}},"data":{"b":{"d":1.0},"e":null},"a":{},"a":2}').value).toEqual({
      data: { a: "1", b: { c: 1, d: new JsonNumber("1.0") }, e: null },
      a: 2,
    });
  });

  it("are not seen where there are none", () => {
    for (const text of ['{"a":"\\"","b":"x:y","c\\\\":["\\\\",{"a":1}],"":{"":null}}', "[]", '"a:b"', "null", ' {"a" :1 } ']) {
      expect(parseJsonStrict(text)).toEqual({ value: JSON.parse(text), duplicates: [] });
    }
  });

  it("are seen when written in two ways", () => {
    expect(parseJsonStrict('{"a":1,"\\u0061":2}').duplicates).toEqual(['duplicate field "a"']);
  });
});

it("makes the sign for no character of half of one", () => {
  expect(parseJsonStrict('{"a":"x\\ud83d","b":"\\ud83d\\ude00"}').value).toEqual({ a: "x\ufffd", b: "😀" });
});

describe("malformed text is refused in upstream's words", () => {
  const cases: [string, string][] = [
    ["", "unexpected end of JSON input"],
    ['{"a":', "unexpected end of JSON input"],
    ["{a}", "invalid character 'a' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b"}', "invalid character '\"' after object key:value pair"],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ["[1 2]", "invalid character '2' after array element"],
    ["[1,]", "invalid character ']' looking for beginning of value"],
    ["{} x", "invalid character 'x' after top-level value"],
    ["tru3", "invalid character '3' in literal true (expecting 'e')"],
    ["-x", "invalid character 'x' in numeric literal"],
    ["1.x", "invalid character 'x' after decimal point in numeric literal"],
    ["1ex", "invalid character 'x' in exponent of numeric literal"],
    ['"a\nb"', "invalid character '\\n' in string literal"],
    ['"\\x"', "invalid character 'x' in string escape code"],
    ["'a'", "invalid character '\\'' looking for beginning of value"],
    ["01", "invalid character '1' after top-level value"],
  ];
  for (const [text, message] of cases)
    it(`${JSON.stringify(text)}: ${message}`, () => expect(() => parseJsonStrict(text)).toThrow(message));
});

it("tells numbers from what looks like them in strings", () => {
  const text = '{"image":"nginx:1.29","args":["\\":1.5\\\\",2.0],"port":80}';
  expect(parseJsonStrict(text).value).toEqual({ image: "nginx:1.29", args: ['":1.5\\', new JsonNumber("2.0")], port: 80 });
  expect(parseJsonStrict('{"image":"nginx:1.29","n":[1.0]}').value).toEqual({ image: "nginx:1.29", n: [new JsonNumber("1.0")] });
  expect(parseJsonStrict('[-1.0,":1.5"]').value).toEqual([new JsonNumber("-1.0"), ":1.5"]);
  expect(parseJsonStrict('{"image":"nginx:1.29","n":1}').value).toEqual({ image: "nginx:1.29", n: 1 });
});
