import type { Quantity } from "../../machinery/meta/v1.ts";
import {
  addQuantities,
  compareQuantities as compare,
  formatQuantity,
  quantityMilliValue,
  quantityValue,
  roundedToThousandths,
} from "../../machinery/quantity.ts";
import { isRestartableInit } from "./pod-status.ts";
import type { PodSpec } from "./v1.ts";

/** Amounts of resources as plain numbers: cpu in millicores, all others in their base unit; fractions round up. */
export type Amounts = Map<string, number>;

export function parseResourceList(list: Readonly<Record<string, Quantity>> | undefined): Amounts {
  const amounts: Amounts = new Map();
  for (const name in list) {
    const quantity = list[name] as string;
    amounts.set(name, name === "cpu" ? quantityMilliValue(quantity) : quantityValue(quantity));
  }
  return amounts;
}

export function addAmounts(total: Amounts, more: Amounts): void {
  for (const [name, amount] of more) total.set(name, (total.get(name) ?? 0) + amount);
}

export function maxAmounts(total: Amounts, other: Amounts): void {
  for (const [name, amount] of other) if (amount > (total.get(name) ?? 0)) total.set(name, amount);
}

/** Negative, zero or positive, as with numbers. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  return a === b ? 0 : compare(a, b);
}

export function sameQuantity(a: Quantity, b: Quantity): boolean {
  return compareQuantities(a, b) === 0;
}

/** Whether a quantity is a whole number of units, or of the unit given (`2Mi`). */
export function isWhole(quantity: Quantity, unit: Quantity = "1"): boolean {
  return (quantityMilliValue(quantity) / 1000) % quantityValue(unit) === 0;
}

/** Amounts finer than a thousandth round up, as the API keeps them. Changes the list in place. */
export function defaultResourceList(list: Record<string, Quantity> | undefined): void {
  for (const name in list) {
    const quantity = list[name] as string;
    if (/[nu]$|\.[0-9]{4}|e-/i.test(quantity)) list[name] = roundedToThousandths(quantity);
  }
}

/** What the containers of a pod ask for together, as quantities: sidecars beside the others, init containers one by one. */
export function sumOfContainers(spec: Readonly<PodSpec>): Record<string, Quantity> {
  const total = new Map<string, Quantity>();
  const add = (into: Map<string, Quantity>, list: Readonly<Record<string, Quantity>> | undefined) => {
    for (const name in list) {
      const quantity = list[name] as string;
      const before = into.get(name);
      into.set(name, before === undefined ? quantity : formatQuantity(addQuantities(before, quantity)));
    }
  };
  for (const container of spec.containers ?? []) add(total, container.resources?.requests);
  const sidecars = new Map<string, Quantity>();
  const peak = new Map<string, Quantity>();
  for (const container of spec.initContainers ?? []) {
    const together = new Map(sidecars);
    add(together, container.resources?.requests);
    if (isRestartableInit(container)) {
      add(total, container.resources?.requests);
      add(sidecars, container.resources?.requests);
    }
    raise(peak, together);
  }
  raise(total, peak);
  return Object.fromEntries(total);
}

function raise(total: Map<string, Quantity>, other: Map<string, Quantity>): void {
  for (const [name, quantity] of other) {
    const before = total.get(name);
    if (before === undefined || compareQuantities(quantity, before) > 0) total.set(name, quantity);
  }
}
