import type { Quantity } from "../../machinery/meta/v1.ts";
import { addQuantities, compareQuantities, formatQuantity, quantitySign, subtractQuantities } from "../../machinery/quantity.ts";

/** Amounts by the name of what a quota limits. */
export type QuotaAmounts = Readonly<Record<string, Quantity>>;

export function addQuota(a: QuotaAmounts, b: QuotaAmounts): QuotaAmounts {
  const sum: Record<string, Quantity> = { ...a };
  for (const name in b) {
    const before = sum[name];
    sum[name] = before === undefined ? (b[name] as Quantity) : formatQuantity(addQuantities(before, b[name] as Quantity));
  }
  return sum;
}

/** What `a` has more than `b`; nothing where that has more. */
export function subtractQuota(a: QuotaAmounts, b: QuotaAmounts): QuotaAmounts {
  const rest: Record<string, Quantity> = { ...a };
  for (const name in b) {
    const difference = subtractQuantities(a[name] ?? "0", b[name] as Quantity);
    rest[name] = quantitySign(difference) < 0 ? "0" : formatQuantity(difference);
  }
  return rest;
}

export function pickQuota(amounts: QuotaAmounts, names: Iterable<string>): QuotaAmounts {
  const picked: Record<string, Quantity> = {};
  for (const name of names) if (amounts[name] !== undefined) picked[name] = amounts[name];
  return picked;
}

export function withoutZeros(amounts: QuotaAmounts): QuotaAmounts {
  return Object.fromEntries(Object.entries(amounts).filter(([, quantity]) => quantitySign(quantity) !== 0));
}

export function negativeNames(amounts: QuotaAmounts): string[] {
  return Object.keys(amounts).filter((name) => quantitySign(amounts[name] as Quantity) < 0);
}

/** The names of which there is more than the limit. */
export function exceededNames(amounts: QuotaAmounts, limits: QuotaAmounts): string[] {
  return Object.keys(amounts).filter((name) => {
    const limit = limits[name];
    return limit !== undefined && compareQuantities(amounts[name] as Quantity, limit) > 0;
  });
}

export function sameQuota(a: QuotaAmounts | undefined, b: QuotaAmounts | undefined): boolean {
  const [left, right] = [a ?? {}, b ?? {}];
  const names = Object.keys(left);
  if (names.length !== Object.keys(right).length) return false;
  return names.every((name) => right[name] !== undefined && compareQuantities(left[name] as Quantity, right[name]) === 0);
}

/** `cpu=1,pods=3` */
export function quotaText(amounts: QuotaAmounts): string {
  return Object.keys(amounts)
    .sort()
    .map((name) => `${name}=${amounts[name]}`)
    .join(",");
}
