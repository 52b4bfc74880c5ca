import { field, path } from "../../machinery/errors.ts";
import { isCIDR, parseCIDR } from "../../machinery/validation/ip.ts";
import { immutableText } from "../../machinery/validation/object-meta.ts";
import { defineResource } from "../define-resource.ts";
import { complain, type Errors } from "../validation.ts";
import type { ServiceCIDR } from "./v1.ts";

const at = path("spec", "cidrs");

export const servicecidrs = defineResource<ServiceCIDR>("networking.k8s.io", "servicecidrs", {
  default(range) {
    range.spec ??= {};
    range.status ??= {};
  },
  prepareForCreate(range) {
    range.status = {};
  },
  prepareForUpdate(range, old, { subresource }) {
    if (subresource === "status") range.metadata = { ...old.metadata };
  },
  validate: specErrors,
  validateChange(range, old) {
    const before = old.spec?.cidrs ?? [];
    const now = range.spec?.cidrs ?? [];
    const errors: Errors = [];
    const unchanged = (index: number) => {
      if (now[index] !== before[index]) errors.push(field.invalid(at.index(index), now[index], immutableText));
    };
    if (before.length === now.length) for (const index of before.keys()) unchanged(index);
    else if (before.length === 1 && now.length === 2) {
      unchanged(0);
      errors.push(...specErrors(range));
    } else errors.push(field.invalid(at, range.spec?.cidrs ?? null, immutableText));
    return errors;
  },
  countsGenerations: false,
});

function specErrors(range: Readonly<ServiceCIDR>): Errors {
  const errors: Errors = [];
  const cidrs = range.spec?.cidrs ?? [];
  if (cidrs.length === 0) return [field.required(at, "at least one CIDR required")];
  if (cidrs.length > 2) return [field.invalid(at, { CIDRs: cidrs }, "may only hold up to 2 values")];
  for (const [index, cidr] of cidrs.entries()) complain(errors, at.index(index), cidr, isCIDR(cidr));
  const [first, second] = cidrs.map((cidr) => parseCIDR(cidr)?.address.bytes.length);
  if (cidrs.length === 2 && first !== undefined && first === second) {
    const detail = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64";
    errors.push(field.invalid(at, cidrs, detail));
  }
  return errors;
}
