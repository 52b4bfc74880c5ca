import { type FieldPath, field, path } from "../../machinery/errors.ts";
import { isLegacyCIDR } from "../../machinery/validation/ip.ts";
import {
  isDNS1123Label,
  isDNS1123Subdomain,
  isPortName,
  isPortNumber,
  isWildcardDNS1123Subdomain,
} from "../../machinery/validation/names.ts";
import { validateLabelSelector } from "../../machinery/validation/selector.ts";
import { age, selectorText } from "../columns.ts";
import { defineResource } from "../define-resource.ts";
import { complain, type Errors } from "../validation.ts";
import type { Ingress, IngressBackend, IngressClass, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from "./v1.ts";

const group = "networking.k8s.io";
const at = path("spec");

export const ingresses = defineResource<Ingress>(group, "ingresses", {
  prepareForCreate(ingress) {
    ingress.status = { loadBalancer: {} };
  },
  validate(ingress) {
    const errors: Errors = [];
    const { rules = [], defaultBackend, ingressClassName, tls = [] } = ingress.spec ?? {};
    if (rules.length === 0 && !defaultBackend) {
      errors.push(field.invalid(at, null, "either `defaultBackend` or `rules` must be specified"));
    }
    if (defaultBackend) validateBackend(errors, defaultBackend, at.child("defaultBackend"));
    for (const [index, rule] of rules.entries()) {
      const one = at.child("rules").index(index);
      if (rule.host) {
        const texts = rule.host.includes("*") ? isWildcardDNS1123Subdomain(rule.host) : isDNS1123Subdomain(rule.host);
        complain(errors, one.child("host"), rule.host, texts);
      }
      if (!rule.http) continue;
      if (!rule.http.paths?.length) errors.push(field.required(one.child("http", "paths")));
      for (const [i, entry] of (rule.http.paths ?? []).entries()) {
        const where = one.child("http", "paths").index(i);
        const value = entry.path ?? "";
        if (!entry.pathType) {
          errors.push(field.required(where.child("pathType"), "pathType must be specified"));
          continue;
        }
        if (entry.pathType === "Exact" || entry.pathType === "Prefix") {
          if (!value.startsWith("/")) errors.push(field.invalid(where.child("path"), value, "must be an absolute path"));
          for (const part of ["//", "/./", "/../", "%2f", "%2F"]) {
            if (value.includes(part)) errors.push(field.invalid(where.child("path"), value, `must not contain '${part}'`));
          }
          for (const end of ["/..", "/."]) {
            if (value.endsWith(end)) errors.push(field.invalid(where.child("path"), value, `cannot end with '${end}'`));
          }
        } else if (entry.pathType === "ImplementationSpecific") {
          if (value !== "" && !value.startsWith("/")) errors.push(field.invalid(where.child("path"), value, "must be an absolute path"));
        } else {
          errors.push(field.notSupported(where.child("pathType"), entry.pathType, ["Exact", "ImplementationSpecific", "Prefix"]));
        }
        validateBackend(errors, entry.backend ?? {}, where.child("backend"));
      }
    }
    for (const [index, entry] of tls.entries()) {
      for (const [i, host] of (entry.hosts ?? []).entries()) {
        const texts = host.includes("*") ? isWildcardDNS1123Subdomain(host) : isDNS1123Subdomain(host);
        complain(errors, at.child("tls").index(index).child("hosts").index(i), host, texts);
      }
    }
    if (ingressClassName !== undefined)
      complain(errors, at.child("ingressClassName"), ingressClassName, isDNS1123Subdomain(ingressClassName));
    return errors;
  },
  warnings: (ingress) =>
    ingress.metadata.annotations?.["kubernetes.io/ingress.class"] === undefined
      ? []
      : ["annotation \"kubernetes.io/ingress.class\" is deprecated, please use 'spec.ingressClassName' instead"],
  row(ingress, { now }) {
    const hosts = (ingress.spec?.rules ?? []).map((rule) => rule.host ?? "");
    const named = hosts.filter((host) => host !== "");
    const shown = named.slice(0, 3).join(",");
    const addresses = (ingress.status?.loadBalancer?.ingress ?? []).map((entry) => entry.ip || entry.hostname || "").filter(Boolean);
    return [
      ingress.metadata.name ?? "",
      ingress.spec?.ingressClassName ?? "<none>",
      named.length > 3 ? `${shown} + ${hosts.length - 3} more...` : shown || "*",
      [...new Set(addresses)].sort().join(","),
      ingress.spec?.tls?.length ? "80, 443" : "80",
      age(ingress.metadata, now),
    ];
  },
});

function validateBackend(errors: Errors, backend: IngressBackend, where: FieldPath): void {
  const { resource, service } = backend;
  if (resource && service) {
    errors.push(field.invalid(where, "", "cannot set both resource and service backends"));
    return;
  }
  if (resource) {
    if (!resource.kind) errors.push(field.required(where.child("resource", "kind")));
    if (!resource.name) errors.push(field.required(where.child("resource", "name")));
    return;
  }
  if (!service) {
    errors.push(field.invalid(where, "", "resource or service backend is required"));
    return;
  }
  if (!service.name) errors.push(field.required(where.child("service", "name")));
  else complain(errors, where.child("service", "name"), service.name, isDNS1123Label(service.name));
  const { name, number } = service.port ?? {};
  if (name && number) errors.push(field.invalid(where, "", "cannot set both port name & port number"));
  else if (name) complain(errors, where.child("service", "port", "name"), name, isPortName(name));
  else if (number) complain(errors, where.child("service", "port", "number"), number, isPortNumber(number));
  else errors.push(field.required(where, "port name or number is required"));
}

export const ingressclasses = defineResource<IngressClass>(group, "ingressclasses", {
  default(ingressClass) {
    const parameters = ingressClass.spec?.parameters;
    if (parameters) parameters.scope ??= "Cluster";
  },
  validate(ingressClass) {
    const errors: Errors = [];
    const controller = ingressClass.spec?.controller ?? "";
    if (controller === "") errors.push(field.required(at.child("controller")));
    return errors;
  },
  row(ingressClass, { now }) {
    const parameters = ingressClass.spec?.parameters;
    const text = parameters ? `${parameters.kind}${parameters.apiGroup ? `.${parameters.apiGroup}` : ""}/${parameters.name}` : "<none>";
    return [ingressClass.metadata.name ?? "", ingressClass.spec?.controller ?? "", text, age(ingressClass.metadata, now)];
  },
  countsGenerations: true,
});

export const networkpolicies = defineResource<NetworkPolicy>(group, "networkpolicies", {
  default(policy) {
    policy.spec ??= {};
    const { spec } = policy;
    spec.podSelector ??= {};
    for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) for (const port of rule.ports ?? []) port.protocol ??= "TCP";
    if (!spec.policyTypes?.length) spec.policyTypes = spec.egress?.length ? ["Ingress", "Egress"] : ["Ingress"];
  },
  validate(policy) {
    const errors: Errors = [];
    const spec = policy.spec ?? {};
    errors.push(...validateLabelSelector(spec.podSelector, at.child("podSelector")));
    for (const [index, rule] of (spec.ingress ?? []).entries()) {
      validatePolicyRule(errors, rule.ports, rule.from, at.child("ingress").index(index), "from");
    }
    for (const [index, rule] of (spec.egress ?? []).entries()) {
      validatePolicyRule(errors, rule.ports, rule.to, at.child("egress").index(index), "to");
    }
    const types: readonly string[] = spec.policyTypes ?? [];
    if (types.length > 2) errors.push(field.invalid(at.child("policyTypes"), types, "may not specify more than two policyTypes"));
    for (const [index, type] of types.entries()) {
      if (type !== "Ingress" && type !== "Egress") {
        errors.push(field.notSupported(at.child("policyTypes").index(index), type, ["Ingress", "Egress"]));
      }
    }
    return errors;
  },
  row: (policy, { now }) => [policy.metadata.name ?? "", selectorText(policy.spec?.podSelector), age(policy.metadata, now)],
  countsGenerations: true,
});

function validatePolicyRule(
  errors: Errors,
  ports: readonly NetworkPolicyPort[] | undefined,
  peers: readonly NetworkPolicyPeer[] | undefined,
  where: FieldPath,
  peerField: string,
): void {
  for (const [index, port] of (ports ?? []).entries()) {
    const one = where.child("ports").index(index);
    if (port.protocol !== undefined && !["SCTP", "TCP", "UDP"].includes(port.protocol)) {
      errors.push(field.notSupported(one.child("protocol"), port.protocol, ["TCP", "UDP", "SCTP"]));
    }
    if (typeof port.port === "number") {
      complain(errors, one.child("port"), port.port, isPortNumber(port.port));
      if (port.endPort !== undefined) {
        if (port.endPort < port.port)
          errors.push(field.invalid(one.child("endPort"), port.port, "must be greater than or equal to `port`"));
        complain(errors, one.child("endPort"), port.endPort, isPortNumber(port.endPort));
      }
    } else if (port.port !== undefined) {
      if (port.endPort !== undefined) {
        errors.push(field.invalid(one.child("endPort"), port.endPort, "may not be specified when `port` is non-numeric"));
      }
      complain(errors, one.child("port"), port.port, isPortName(port.port));
    } else if (port.endPort !== undefined) {
      errors.push(field.invalid(one.child("endPort"), port.endPort, "may not be specified when `port` is not specified"));
    }
  }
  for (const [index, peer] of (peers ?? []).entries()) {
    const one = where.child(peerField).index(index);
    let count = 0;
    for (const name of ["podSelector", "namespaceSelector"] as const) {
      if (!peer[name]) continue;
      count++;
      errors.push(...validateLabelSelector(peer[name], one.child(name)));
    }
    if (peer.ipBlock) {
      count++;
      if (!peer.ipBlock.cidr) errors.push(field.required(one.child("ipBlock", "cidr")));
      else complain(errors, one.child("ipBlock", "cidr"), peer.ipBlock.cidr, isLegacyCIDR(peer.ipBlock.cidr));
      for (const [i, cidr] of (peer.ipBlock.except ?? []).entries()) {
        complain(errors, one.child("ipBlock", "except").index(i), cidr, isLegacyCIDR(cidr));
      }
    }
    if (count === 0) errors.push(field.required(one, "must specify a peer"));
    else if (count > 1 && peer.ipBlock) errors.push(field.forbidden(one, "may not specify both ipBlock and another peer"));
  }
}
