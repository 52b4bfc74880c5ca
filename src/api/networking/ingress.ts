import { type FieldPath, field, path } from "../../machinery/errors.ts";
import { isLegacyIP, parseIP, warningsForIP } from "../../machinery/validation/ip.ts";
import {
  isDNS1123Label,
  isDNS1123Subdomain,
  isPortName,
  isPortNumber,
  isWildcardDNS1123Subdomain,
} from "../../machinery/validation/names.ts";
import { age } from "../columns.ts";
import type { TypedLocalObjectReference } from "../core/v1.ts";
import { defineResource } from "../define-resource.ts";
import { requirePathSegment } from "../field-rules.ts";
import { complain, type Errors } from "../validation.ts";
import type { HTTPIngressPath, Ingress, IngressBackend, IngressRule, IngressTLS } from "./v1.ts";

const at = path("spec");
const classAnnotation = "kubernetes.io/ingress.class";

export const ingresses = defineResource<Ingress>("networking.k8s.io", "ingresses", {
  updateChecks: ["metaUpdate", "meta", "kind", "update"],
  default(ingress) {
    ingress.spec ??= {};
    ingress.status ??= { loadBalancer: {} };
    ingress.status.loadBalancer ??= {};
  },
  prepareForCreate(ingress) {
    ingress.status = { loadBalancer: {} };
  },
  validate(ingress) {
    const errors = specErrors(ingress);
    const annotation = ingress.metadata.annotations?.[classAnnotation];
    const name = ingress.spec?.ingressClassName;
    if (annotation !== undefined && name !== undefined && annotation !== name) {
      const where = path("annotations").child(classAnnotation);
      errors.push(field.invalid(where, annotation, "must match `ingressClassName` when both are specified"));
    }
    return errors;
  },
  validateChange: (ingress, old) => specErrors(ingress, old),
  validateStatus(ingress, old) {
    const errors: Errors = [];
    const accepted = (old.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => (ip ? [ip] : []));
    for (const [index, entry] of (ingress.status?.loadBalancer?.ingress ?? []).entries()) {
      const one = path("status", "loadBalancer", "ingress").index(index);
      if (entry.ip) complain(errors, one.child("ip"), entry.ip, isLegacyIP(entry.ip, accepted));
      if (!entry.hostname) continue;
      complain(errors, one.child("hostname"), entry.hostname, isDNS1123Subdomain(entry.hostname));
      if (parseIP(entry.hostname))
        errors.push(field.invalid(one.child("hostname"), entry.hostname, "must be a DNS name, not an IP address"));
    }
    return errors;
  },
  warnings(ingress, old, subresource) {
    if (subresource === "status") {
      return (ingress.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }, index) =>
        ip ? warningsForIP(`status.loadBalancer.ingress[${index}]`, ip) : [],
      );
    }
    if (old || ingress.metadata.annotations?.[classAnnotation] === undefined || ingress.spec?.ingressClassName !== undefined) return [];
    return [`annotation ${JSON.stringify(classAnnotation)} is deprecated, please use 'spec.ingressClassName' instead`];
  },
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

function specErrors(ingress: Readonly<Ingress>, old?: Readonly<Ingress>): Errors {
  const errors: Errors = [];
  const { rules = [], defaultBackend, ingressClassName, tls = [] } = ingress.spec ?? {};
  if (rules.length === 0 && !defaultBackend) {
    errors.push(field.invalid(at, ingress.spec?.rules ?? null, "either `defaultBackend` or `rules` must be specified"));
  }
  if (defaultBackend) validateBackend(errors, defaultBackend, at.child("defaultBackend"));
  const acceptWildcardRules = old?.spec?.rules?.some(isInvalidWildcardRule) === true;
  rules.forEach((rule, index) => {
    validateRule(errors, rule, at.child("rules").index(index), acceptWildcardRules);
  });
  const acceptSecretNames = old?.spec?.tls?.some(({ secretName }) => secretName && isDNS1123Subdomain(secretName).length > 0) === true;
  tls.forEach((entry, index) => {
    validateTLS(errors, entry, at.child("tls").index(index), acceptSecretNames);
  });
  if (ingressClassName !== undefined)
    complain(errors, at.child("ingressClassName"), ingressClassName, isDNS1123Subdomain(ingressClassName));
  return errors;
}

/** Such rules were stored before they were checked: an ingress that has one keeps it. */
function isInvalidWildcardRule(rule: IngressRule): boolean {
  if (!rule.host?.includes("*")) return false;
  const errors: Errors = [];
  validatePaths(errors, rule, at);
  return errors.length > 0;
}

function validateRule(errors: Errors, rule: IngressRule, where: FieldPath, acceptWildcardRules: boolean): void {
  const { host } = rule;
  if (host) {
    if (parseIP(host)) errors.push(field.invalid(where.child("host"), host, "must be a DNS name, not an IP address"));
    complain(errors, where.child("host"), host, hostComplaints(host));
  }
  if (!host?.includes("*") || !acceptWildcardRules) validatePaths(errors, rule, where);
}

function hostComplaints(host: string): readonly string[] {
  return host.includes("*") ? isWildcardDNS1123Subdomain(host) : isDNS1123Subdomain(host);
}

function validateTLS(errors: Errors, entry: IngressTLS, where: FieldPath, acceptSecretName: boolean): void {
  for (const [index, host] of (entry.hosts ?? []).entries()) {
    complain(errors, where.child("hosts").index(index), host, hostComplaints(host));
  }
  const { secretName } = entry;
  if (secretName && !acceptSecretName) complain(errors, where.child("secretName"), secretName, isDNS1123Subdomain(secretName));
}

function validatePaths(errors: Errors, rule: IngressRule, where: FieldPath): void {
  if (!rule.http) return;
  const paths = where.child("http", "paths");
  if (!rule.http.paths?.length) errors.push(field.required(paths));
  for (const [index, entry] of (rule.http.paths ?? []).entries()) validatePath(errors, entry, paths.index(index));
}

const forbiddenParts = ["//", "/./", "/../", "%2f", "%2F"];
const forbiddenEnds = ["/..", "/."];

function validatePath(errors: Errors, entry: HTTPIngressPath, where: FieldPath): void {
  const value = entry.path ?? "";
  const invalid = (detail: string) => errors.push(field.invalid(where.child("path"), value, detail));
  // The type has it as null where it isn't set.
  if ((entry.pathType ?? undefined) === undefined) {
    errors.push(field.required(where.child("pathType"), "pathType must be specified"));
    return;
  }
  if (entry.pathType === "Exact" || entry.pathType === "Prefix") {
    if (!value.startsWith("/")) invalid("must be an absolute path");
    for (const part of forbiddenParts) if (value.includes(part)) invalid(`must not contain '${part}'`);
    for (const end of forbiddenEnds) if (value.endsWith(end)) invalid(`cannot end with '${end}'`);
  } else if (entry.pathType === "ImplementationSpecific") {
    if (value !== "" && !value.startsWith("/")) invalid("must be an absolute path");
  } else {
    errors.push(field.notSupported(where.child("pathType"), entry.pathType, ["Exact", "ImplementationSpecific", "Prefix"]));
  }
  validateBackend(errors, entry.backend ?? {}, where.child("backend"));
}

function validateBackend(errors: Errors, backend: IngressBackend, where: FieldPath): void {
  const { resource, service } = backend;
  if (resource && service) {
    errors.push(field.invalid(where, "", "cannot set both resource and service backends"));
    return;
  }
  if (resource) {
    validateTypedReference(errors, resource, where.child("resource"));
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

function validateTypedReference(errors: Errors, reference: TypedLocalObjectReference, where: FieldPath): void {
  const { kind, name } = reference;
  const apiGroup = reference.apiGroup ?? undefined;
  if (apiGroup !== undefined) complain(errors, where.child("apiGroup"), apiGroup, isDNS1123Subdomain(apiGroup));
  requirePathSegment(errors, kind, where.child("kind"));
  requirePathSegment(errors, name, where.child("name"));
}
