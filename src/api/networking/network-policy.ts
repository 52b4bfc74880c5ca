import { type FieldPath, field, path } from "../../machinery/errors.ts";
import { containsIP, isLegacyCIDR, networkOf, parseCIDR, warningsForCIDR } from "../../machinery/validation/ip.ts";
import { isPortName, isPortNumber } from "../../machinery/validation/names.ts";
import { type LabelSelectorOptions, validateLabelSelector } from "../../machinery/validation/selector.ts";
import { age, selectorText } from "../columns.ts";
import { defineResource } from "../define-resource.ts";
import { complain, type Errors } from "../validation.ts";
import type { IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from "./v1.ts";

const at = path("spec");

/** What an update takes because the stored object has it. */
interface Accepted extends LabelSelectorOptions {
  cidrs: readonly string[];
}

export const networkpolicies = defineResource<NetworkPolicy>("networking.k8s.io", "networkpolicies", {
  countsEmpty: true,
  default(policy) {
    policy.spec ??= {};
    const { spec } = policy;
    spec.podSelector ??= {};
    for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) for (const port of rule.ports ?? []) port.protocol ??= "TCP";
    if (!spec.policyTypes?.length) spec.policyTypes = spec.egress?.length ? ["Ingress", "Egress"] : ["Ingress"];
  },
  validate: (policy) => specErrors(policy, { cidrs: [] }),
  validateChange: (policy, old) =>
    specErrors(policy, {
      cidrs: blocksOf(old).flatMap(({ block }) => [block.cidr, ...(block.except ?? [])]),
      allowInvalidValues: validateLabelSelector(old.spec?.podSelector, at).length > 0,
    }),
  warnings: (policy) =>
    blocksOf(policy).flatMap(({ block, where }) => [
      ...warningsForCIDR(`${where}.cidr`, block.cidr),
      ...(block.except ?? []).flatMap((cidr, index) => warningsForCIDR(`${where}.except[${index}]`, cidr)),
    ]),
  row: (policy, { now }) => [policy.metadata.name ?? "", selectorText(policy.spec?.podSelector), age(policy.metadata, now)],
  countsGenerations: true,
});

/** The IP blocks of all peers, with their paths. */
function blocksOf(policy: Readonly<NetworkPolicy>): { block: IPBlock; where: string }[] {
  const found: { block: IPBlock; where: string }[] = [];
  const collect = (peers: readonly NetworkPolicyPeer[] | undefined, where: string) => {
    for (const [index, { ipBlock }] of (peers ?? []).entries()) {
      if (ipBlock) found.push({ block: ipBlock, where: `${where}[${index}].ipBlock` });
    }
  };
  policy.spec?.ingress?.forEach((rule, index) => {
    collect(rule.from, `spec.ingress[${index}].from`);
  });
  policy.spec?.egress?.forEach((rule, index) => {
    collect(rule.to, `spec.egress[${index}].to`);
  });
  return found;
}

function specErrors(policy: Readonly<NetworkPolicy>, accepted: Accepted): Errors {
  const spec = policy.spec ?? {};
  const errors: Errors = [...validateLabelSelector(spec.podSelector, at.child("podSelector"), accepted)];
  for (const [index, rule] of (spec.ingress ?? []).entries()) {
    validateRule(errors, rule.ports, rule.from, at.child("ingress").index(index), "from", accepted);
  }
  for (const [index, rule] of (spec.egress ?? []).entries()) {
    validateRule(errors, rule.ports, rule.to, at.child("egress").index(index), "to", accepted);
  }
  const types: readonly string[] = spec.policyTypes ?? [];
  if (types.length > 2) {
    errors.push(field.invalid(at.child("policyTypes"), types, "may not specify more than two policyTypes"));
    return errors;
  }
  for (const [index, type] of types.entries()) {
    if (type !== "Ingress" && type !== "Egress") {
      errors.push(field.notSupported(at.child("policyTypes").index(index), type, ["Ingress", "Egress"]));
    }
  }
  return errors;
}

function validateRule(
  errors: Errors,
  ports: readonly NetworkPolicyPort[] | undefined,
  peers: readonly NetworkPolicyPeer[] | undefined,
  where: FieldPath,
  peerField: string,
  accepted: Accepted,
): void {
  for (const [index, port] of (ports ?? []).entries()) validatePort(errors, port, where.child("ports").index(index));
  for (const [index, peer] of (peers ?? []).entries()) validatePeer(errors, peer, where.child(peerField).index(index), accepted);
}

function validatePort(errors: Errors, { protocol, port, endPort }: NetworkPolicyPort, where: FieldPath): void {
  if (protocol !== undefined && !["SCTP", "TCP", "UDP"].includes(protocol)) {
    errors.push(field.notSupported(where.child("protocol"), protocol, ["TCP", "UDP", "SCTP"]));
  }
  const end = where.child("endPort");
  if (port === undefined) {
    if (endPort !== undefined) errors.push(field.invalid(end, endPort, "may not be specified when `port` is not specified"));
  } else if (typeof port === "number") {
    complain(errors, where.child("port"), port, isPortNumber(port));
    if (endPort === undefined) return;
    if (endPort < port) errors.push(field.invalid(end, port, "must be greater than or equal to `port`"));
    complain(errors, end, endPort, isPortNumber(endPort));
  } else {
    if (endPort !== undefined) errors.push(field.invalid(end, endPort, "may not be specified when `port` is non-numeric"));
    complain(errors, where.child("port"), port, isPortName(port));
  }
}

function validatePeer(errors: Errors, peer: NetworkPolicyPeer, where: FieldPath, accepted: Accepted): void {
  let count = 0;
  for (const name of ["podSelector", "namespaceSelector"] as const) {
    if (!peer[name]) continue;
    count++;
    errors.push(...validateLabelSelector(peer[name], where.child(name), accepted));
  }
  if (peer.ipBlock) {
    count++;
    validateBlock(errors, peer.ipBlock, where.child("ipBlock"), accepted);
  }
  if (count === 0) errors.push(field.required(where, "must specify a peer"));
  else if (count > 1 && peer.ipBlock) errors.push(field.forbidden(where, "may not specify both ipBlock and another peer"));
}

function validateBlock(errors: Errors, block: IPBlock, where: FieldPath, { cidrs }: Accepted): void {
  if (!block.cidr) {
    errors.push(field.required(where.child("cidr")));
    return;
  }
  complain(errors, where.child("cidr"), block.cidr, isLegacyCIDR(block.cidr, cidrs));
  const outer = parseCIDR(block.cidr);
  if (!outer) return;
  for (const [index, text] of (block.except ?? []).entries()) {
    const one = where.child("except").index(index);
    complain(errors, one, text, isLegacyCIDR(text, cidrs));
    const inner = parseCIDR(text);
    if (!inner) continue;
    if (!containsIP(outer, networkOf(inner)) || outer.prefixLength >= inner.prefixLength) {
      errors.push(field.invalid(one, text, "must be a strict subset of `cidr`"));
    }
  }
}
