import { type FieldPath, field, path } from "../../machinery/errors.ts";
import { isLegacyIP, parseIP, warningsForIP } from "../../machinery/validation/ip.ts";
import { isDNS1123Label, isPortNumber, isQualifiedName, nameIsDNSSubdomain } from "../../machinery/validation/names.ts";
import { age } from "../columns.ts";
import { defineResource } from "../define-resource.ts";
import { complain, type Errors } from "../validation.ts";
import type { EndpointAddress, EndpointPort, Endpoints } from "./v1.ts";

const protocols = ["SCTP", "TCP", "UDP"];

export const endpoints = defineResource<Endpoints>("", "endpoints", {
  updateChecks: ["metaUpdate", "meta", "kind"],
  default(object) {
    for (const subset of object.subsets ?? []) for (const port of subset.ports ?? []) port.protocol ||= "TCP";
  },
  validate(object) {
    const errors: Errors = [];
    for (const [index, subset] of (object.subsets ?? []).entries()) {
      const at = path("subsets").index(index);
      const ready = subset.addresses ?? [];
      const notReady = subset.notReadyAddresses ?? [];
      if (ready.length === 0 && notReady.length === 0) {
        errors.push(field.required(at, "must specify `addresses` or `notReadyAddresses`"));
      }
      for (const [i, address] of ready.entries()) validateAddress(errors, address, at.child("addresses").index(i));
      for (const [i, address] of notReady.entries()) validateAddress(errors, address, at.child("notReadyAddresses").index(i));
      const ports = subset.ports ?? [];
      for (const [i, port] of ports.entries()) validatePort(errors, port, ports.length > 1, at.child("ports").index(i));
    }
    return errors;
  },
  warnings: ({ subsets = [] }) =>
    (subsets ?? []).flatMap(({ addresses, notReadyAddresses }, index) => [
      ...(addresses ?? []).flatMap(({ ip }, i) => warningsForIP(`subsets[${index}].addresses[${i}].ip`, ip ?? "")),
      ...(notReadyAddresses ?? []).flatMap(({ ip }, i) => warningsForIP(`subsets[${index}].notReadyAddresses[${i}].ip`, ip ?? "")),
    ]),
  deprecation: "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
  row: (object, { now }) => [object.metadata.name ?? "", addressesText(object), age(object.metadata, now)],
  allowCreateOnUpdate: true,
});

function validateAddress(errors: Errors, address: EndpointAddress, at: FieldPath): void {
  const texts = isLegacyIP(address.ip ?? "");
  complain(errors, at.child("ip"), address.ip ?? "", texts);
  if (address.hostname) complain(errors, at.child("hostname"), address.hostname, isDNS1123Label(address.hostname));
  if (address.nodeName !== undefined) complain(errors, at.child("nodeName"), address.nodeName, nameIsDNSSubdomain(address.nodeName, false));
  if (parseIP(address.ip ?? "")) validateEndpointIP(errors, address.ip, at.child("ip"));
  else errors.push(field.invalid(at.child("ip"), address.ip ?? "", "must be a valid IP address"));
}

/** Addresses that traffic must not be sent to on someone's word: loopback, link-local, none. */
export function validateEndpointIP(errors: Errors, text: string, at: FieldPath): void {
  const ip = parseIP(text);
  if (!ip) return;
  const bytes = [...ip.bytes];
  const v4 = bytes.length === 4;
  const first = bytes[0] ?? 0;
  const second = bytes[1] ?? 0;
  if (bytes.every((byte) => byte === 0)) errors.push(field.invalid(at, text, `may not be unspecified (${text})`));
  if (v4 ? first === 127 : bytes.slice(0, 15).every((byte) => byte === 0) && bytes[15] === 1) {
    errors.push(field.invalid(at, text, "may not be in the loopback range (127.0.0.0/8, ::1/128)"));
  }
  if (v4 ? first === 169 && second === 254 : first === 0xfe && (second & 0xc0) === 0x80) {
    errors.push(field.invalid(at, text, "may not be in the link-local range (169.254.0.0/16, fe80::/10)"));
  }
  if (v4 ? first === 224 && second === 0 && bytes[2] === 0 : first === 0xff && second === 0x02) {
    errors.push(field.invalid(at, text, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"));
  }
}

function validatePort(errors: Errors, port: EndpointPort, nameNeeded: boolean, at: FieldPath): void {
  if (nameNeeded && !port.name) errors.push(field.required(at.child("name")));
  else if (port.name) complain(errors, at.child("name"), port.name, isDNS1123Label(port.name));
  complain(errors, at.child("port"), port.port ?? 0, isPortNumber(port.port ?? 0));
  if (!port.protocol) errors.push(field.required(at.child("protocol")));
  else if (!protocols.includes(port.protocol)) errors.push(field.notSupported(at.child("protocol"), port.protocol, protocols));
  if (port.appProtocol !== undefined) complain(errors, at.child("appProtocol"), port.appProtocol, isQualifiedName(port.appProtocol));
}

function addressesText(object: Readonly<Endpoints>): string {
  const shown: string[] = [];
  let count = 0;
  for (const subset of object.subsets ?? []) {
    const ports: (EndpointPort | undefined)[] = subset.ports?.length ? subset.ports : [undefined];
    for (const port of ports) {
      for (const { ip } of subset.addresses ?? []) {
        count++;
        if (shown.length < 3) shown.push(port ? `${ip.includes(":") ? `[${ip}]` : ip}:${port.port}` : ip);
      }
    }
  }
  if (!object.subsets?.length) return "<none>";
  return count > shown.length ? `${shown.join(",")} + ${count - shown.length} more...` : shown.join(",");
}
