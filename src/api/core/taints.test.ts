import { expect, it } from "vitest";
import { findUntoleratedTaint, tolerates } from "./taints.ts";

const taint = { key: "k", value: "v", effect: "NoSchedule" };

it.each([
  [{ key: "k", operator: "Equal", value: "v", effect: "NoSchedule" }, true],
  [{ key: "k", value: "v" }, true],
  [{ key: "k", value: "w" }, false],
  [{ key: "k", operator: "Exists" }, true],
  [{ operator: "Exists" }, true],
  [{ operator: "Exists", effect: "NoExecute" }, false],
  [{ key: "other", operator: "Exists" }, false],
])("%j stands k=v:NoSchedule: %s", (toleration, stands) => {
  expect(tolerates(toleration, taint)).toBe(stands);
});

it("looks only at the effects that are asked for", () => {
  const soft = { key: "s", effect: "PreferNoSchedule" };
  expect(findUntoleratedTaint([soft], [])).toBeUndefined();
  expect(findUntoleratedTaint([soft, taint], undefined)).toBe(taint);
  expect(findUntoleratedTaint([soft], [], ["PreferNoSchedule"])).toBe(soft);
});
