import type { Toleration } from "../../api/core/v1.ts";
import { deepEqual } from "../../machinery/object.ts";

/** Whether all taints that the second tolerates are tolerated by the first. */
export function coversToleration(wide: Toleration, narrow: Toleration): boolean {
  if (deepEqual(wide, narrow)) return true;
  const { key = "", operator = "Equal", effect = "", value = "", tolerationSeconds: seconds } = wide;
  if (narrow.key !== wide.key && (key !== "" || operator !== "Exists")) return false;
  if (effect !== "" && narrow.effect !== effect) return false;
  if (effect === "NoExecute" && seconds !== undefined) {
    if (narrow.tolerationSeconds === undefined || narrow.tolerationSeconds > seconds) return false;
  }
  if (operator === "Exists") return true;
  return operator === "Equal" && narrow.operator === "Equal" && (narrow.value ?? "") === value;
}

/** Both lists, the second first, without what another covers. */
export function mergeTolerations(first: readonly Toleration[], second: readonly Toleration[]): Toleration[] {
  const all = [...second, ...first];
  const merged: Toleration[] = [];
  for (const [index, one] of all.entries()) {
    if (merged.some((other) => coversToleration(other, one))) continue;
    if (all.slice(index + 1).some((other) => !deepEqual(one, other) && coversToleration(other, one))) continue;
    merged.push(one);
  }
  return merged;
}
