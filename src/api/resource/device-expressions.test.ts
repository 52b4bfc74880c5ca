import { expect, it } from "vitest";
import { path } from "../../machinery/errors.ts";
import { complaintOfSelector } from "./device-expressions.ts";

const at = path("e");

it.each([
  'device.driver == "a"',
  'cel.bind(x, device.attributes["a"], x.b)',
  'device.attributes["a"].b',
  'device.capacity["a"].b.isGreaterThan(quantity("1"))',
  "device.allowMultipleAllocations",
  'device.attributes["a"].v.isGreaterThan(semver("1.0.0"))',
  'device.attributes[?"a"].?b.orValue(true)',
])("takes %s", (expression) => {
  expect(complaintOfSelector(expression, at)).toBeUndefined();
});

it.each([
  ["1", "must evaluate to bool or the unknown type, not int"],
  ["device", "must evaluate to bool or the unknown type, not kubernetes.DRADevice"],
  ["device.attributes", "must evaluate to bool or the unknown type, not map(string, map(string, google.protobuf.Any))"],
  ['device.capacity["a"].b', "must evaluate to bool or the unknown type, not kubernetes.Quantity"],
  ["device.foo", "compilation failed: ERROR: <input>:1:7: undefined field 'foo'\n | device.foo\n | ......^"],
  ["a()", "compilation failed: ERROR: <input>:1:2: undeclared reference to 'a' (in container '')\n | a()\n | .^"],
  ["cel.bind(a.b, 1, true)", "cel.bind() variable names must be simple identifiers"],
  [
    'device.attributes["a"].all(x, device.attributes["a"].all(y, device.attributes["a"].all(z, device.attributes["a"].all(w, x.contains(y) && z.contains(w)))))',
    "Forbidden: too complex, exceeds cost limit",
  ],
])("refuses %s", (expression, complaint) => {
  expect(complaintOfSelector(expression, at)?.text).toContain(complaint);
});
