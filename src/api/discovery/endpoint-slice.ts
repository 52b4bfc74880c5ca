import { type FieldPath, field, path } from "../../machinery/errors.ts";
import { deepEqual } from "../../machinery/object.ts";
import { isLegacyIP, warningsForIP } from "../../machinery/validation/ip.ts";
import { isDNS1123Label, isDNS1123Subdomain, isLabelValue, isQualifiedName, nameIsDNSSubdomain } from "../../machinery/validation/names.ts";
import { age } from "../columns.ts";
import { validateEndpointIP } from "../core/endpoints.ts";
import { defineResource } from "../define-resource.ts";
import { complain, type Errors } from "../validation.ts";
import type { Endpoint, EndpointPort, EndpointSlice } from "./v1.ts";

const addressTypes = ["FQDN", "IPv4", "IPv6"];
const protocols = ["SCTP", "TCP", "UDP"];
const maxEndpoints = 1000;
const maxPorts = 20000;
const maxAddresses = 100;

export const endpointslices = defineResource<EndpointSlice>("discovery.k8s.io", "endpointslices", {
  updateChecks: ["meta", "kind", "update"],
  default(slice) {
    for (const endpoint of slice.endpoints ?? []) {
      endpoint.conditions ??= {};
    }
    for (const port of slice.ports ?? []) {
      port.name ??= "";
      port.protocol ??= "TCP";
    }
  },
  prepareForCreate(slice) {
    slice.metadata.generation = 1;
    dropTopology(slice);
  },
  prepareForUpdate(slice, old) {
    const content = ({ metadata, ...rest }: EndpointSlice) => ({ ...rest, labels: metadata.labels ?? {} });
    if (!deepEqual(content(slice), content(old))) slice.metadata.generation = (old.metadata.generation ?? 0) + 1;
    dropTopology(slice);
  },
  validate: (slice) => sliceErrors(slice),
  validateChange: sliceErrors,
  validateUpdate(slice, old) {
    if (slice.addressType === old.addressType) return [];
    return [field.invalid(path("addressType"), slice.addressType ?? "", "field is immutable")];
  },
  warnings(slice, old) {
    const warnings: string[] = [];
    for (const [index, endpoint] of (slice.endpoints ?? []).entries()) {
      if (slice.addressType === "FQDN") break;
      for (const [i, address] of (endpoint.addresses ?? []).entries()) {
        warnings.push(...warningsForIP(`endpoints[${index}].addresses[${i}]`, address));
      }
    }
    if (!old && slice.addressType === "FQDN") warnings.push("spec.addressType: FQDN endpoints are deprecated");
    return warnings;
  },
  row: (slice, { now }) => [
    slice.metadata.name ?? "",
    slice.addressType,
    firstOf((slice.ports ?? []).map((port) => (port.port === undefined ? (port.name ?? "*") : String(port.port)))),
    firstOf((slice.endpoints ?? []).flatMap((endpoint) => endpoint.addresses ?? [])),
    age(slice.metadata, now),
  ],
  countsGenerations: false,
});

/** Endpoints that are all as they were aren't looked at again; else the form of an address isn't that the slice had before. */
function sliceErrors(slice: Readonly<EndpointSlice>, old?: Readonly<EndpointSlice>): Errors {
  const before = old && old.addressType === slice.addressType ? (old.endpoints ?? []) : [];
  const accepted = new Set(before.flatMap(({ addresses = [] }) => addresses));
  const errors: Errors = [];
  if (!slice.addressType) errors.push(field.required(path("addressType")));
  else if (!addressTypes.includes(slice.addressType)) errors.push(field.notSupported(path("addressType"), slice.addressType, addressTypes));
  const ports = slice.ports ?? [];
  if (ports.length > maxPorts) errors.push(field.tooMany(path("ports"), ports.length, maxPorts));
  else validatePorts(errors, ports);
  const endpoints = slice.endpoints ?? [];
  if (endpoints.length > maxEndpoints) errors.push(field.tooMany(path("endpoints"), endpoints.length, maxEndpoints));
  else if (!old || !deepEqual(endpoints, old.endpoints ?? []))
    for (const [index, one] of endpoints.entries())
      validateEndpoint(errors, one, slice.addressType, accepted, path("endpoints").index(index));
  return errors;
}

/** The fields that took its place are the ones that count. */
function dropTopology(slice: EndpointSlice): void {
  for (const endpoint of slice.endpoints ?? []) delete endpoint.deprecatedTopology;
}

function firstOf(items: readonly string[]): string {
  const shown = items.slice(0, 3).join(",");
  return items.length > 3 ? `${shown} + ${items.length - 3} more...` : shown || "<unset>";
}

function validateEndpoint(errors: Errors, endpoint: Endpoint, type: string, accepted: ReadonlySet<string>, at: FieldPath): void {
  const addresses = endpoint.addresses ?? [];
  if (addresses.length === 0) errors.push(field.required(at.child("addresses"), "must contain at least 1 address"));
  else if (addresses.length > maxAddresses) errors.push(field.tooMany(at.child("addresses"), addresses.length, maxAddresses));
  for (const [index, address] of addresses.entries()) {
    const where = at.child("addresses").index(index);
    if (type === "FQDN") complain(errors, where, address, isDNS1123Subdomain(address));
    else if (type === "IPv4" || type === "IPv6") {
      const texts = accepted.has(address) ? [] : isLegacyIP(address);
      const family = address.includes(":") ? "IPv6" : "IPv4";
      if (texts.length > 0) complain(errors, where, address, texts);
      else {
        // The path without the index is upstream's.
        if (family !== type) errors.push(field.invalid(at.child("addresses"), address, `must be an ${type} address`));
        validateEndpointIP(errors, address, where);
      }
    }
  }
  if (endpoint.nodeName !== undefined) {
    complain(errors, at.child("nodeName"), endpoint.nodeName, nameIsDNSSubdomain(endpoint.nodeName, false));
  }
  if (endpoint.hostname !== undefined) complain(errors, at.child("hostname"), endpoint.hostname, isDNS1123Label(endpoint.hostname));
  for (const [list, most] of [
    ["forZones", 8],
    ["forNodes", 8],
  ] as const) {
    const hints = endpoint.hints?.[list];
    if (!hints) continue;
    const where = at.child("hints", list);
    if (hints.length > most) {
      errors.push(field.tooMany(where, hints.length, most));
      continue;
    }
    const seen = new Set<string>();
    for (const [index, hint] of hints.entries()) {
      if (seen.has(hint.name)) errors.push(field.duplicate(where.index(index).child("name"), hint.name));
      seen.add(hint.name);
      const texts = list === "forZones" ? isLabelValue(hint.name) : nameIsDNSSubdomain(hint.name, false);
      complain(errors, where.index(index).child("name"), hint.name, texts);
    }
  }
}

function validatePorts(errors: Errors, ports: readonly EndpointPort[]): void {
  const names = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const at = path("ports").index(index);
    const name = port.name ?? "";
    if (name !== "") complain(errors, at.child("name"), name, isDNS1123Label(name));
    if (names.has(name)) errors.push(field.duplicate(at.child("name"), port.name ?? null));
    names.add(name);
    if (port.protocol === undefined) errors.push(field.required(at.child("protocol")));
    else if (!protocols.includes(port.protocol)) errors.push(field.notSupported(at.child("protocol"), port.protocol, protocols));
    if (port.appProtocol !== undefined) complain(errors, at.child("appProtocol"), port.appProtocol, isQualifiedName(port.appProtocol));
  }
}
