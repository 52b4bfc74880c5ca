/**
 * IP addresses and CIDR values: parsing, canonical form, and the complaints about a value in upstream's words. Fields that
 * are older than the strict rules ("legacy") take non-canonical forms.
 */

export interface IPAddress {
  /** 4 or 16 bytes. An IPv4-mapped IPv6 address has 16. */
  readonly bytes: readonly number[];
  /** Written with leading zeros in an IPv4 part, which many programs read as octal. */
  readonly leadingZeros: boolean;
}

export interface CIDR {
  readonly address: IPAddress;
  readonly prefixLength: number;
}

const none: readonly string[] = Object.freeze([]);

/** Reads an address as leniently as the oldest fields do; undefined when it is none. Zones are refused. */
export function parseIP(text: string): IPAddress | undefined {
  return text.includes(":") ? parseIPv6(text) : parseIPv4(text);
}

function parseIPv4(text: string): IPAddress | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  const bytes: number[] = [];
  let leadingZeros = false;
  for (const part of parts) {
    if (!/^[0-9]+$/.test(part)) return undefined;
    const value = Number(part);
    if (value > 255) return undefined;
    if (part.length > 1 && part.startsWith("0")) leadingZeros = true;
    bytes.push(value);
  }
  return { bytes, leadingZeros };
}

function parseIPv6(text: string): IPAddress | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const compressed = halves.length === 2;
  let leadingZeros = false;
  const groupsOf = (half: string, last: boolean): number[] | undefined => {
    if (half === "") return [];
    const bytes: number[] = [];
    const groups = half.split(":");
    for (const [index, group] of groups.entries()) {
      if (last && index === groups.length - 1 && group.includes(".")) {
        const tail = parseIPv4(group);
        if (!tail) return undefined;
        leadingZeros ||= tail.leadingZeros;
        bytes.push(...tail.bytes);
        continue;
      }
      if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return undefined;
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 255);
    }
    return bytes;
  };
  const head = groupsOf(halves[0]!, !compressed);
  const tail = compressed ? groupsOf(halves[1]!, true) : [];
  if (!head || !tail) return undefined;
  const missing = 16 - head.length - tail.length;
  if (compressed ? missing < 2 : missing !== 0) return undefined;
  return { bytes: [...head, ...new Array<number>(missing).fill(0), ...tail], leadingZeros };
}

export function isIPv4Mapped(address: IPAddress): boolean {
  const { bytes } = address;
  return bytes.length === 16 && bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
}

export function isIPv4(address: IPAddress): boolean {
  return address.bytes.length === 4 || isIPv4Mapped(address);
}

/** The form of RFC 5952; a mapped address as its IPv4 address. */
export function formatIP(address: IPAddress): string {
  const { bytes } = address;
  if (bytes.length === 4) return bytes.join(".");
  if (isIPv4Mapped(address)) return bytes.slice(12).join(".");
  const groups: number[] = [];
  for (let index = 0; index < 16; index += 2) groups.push((bytes[index]! << 8) | bytes[index + 1]!);
  let start = -1;
  let length = 1;
  for (let index = 0; index < 8; index++) {
    let end = index;
    while (end < 8 && groups[end] === 0) end++;
    if (end - index > length) {
      start = index;
      length = end - index;
    }
    if (end > index) index = end;
  }
  const text = (part: number[]) => part.map((group) => group.toString(16)).join(":");
  return start < 0 ? text(groups) : `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}

/** Undefined when the text is no CIDR value. Bits beyond the prefix are let through. */
export function parseCIDR(text: string): CIDR | undefined {
  const slash = text.indexOf("/");
  if (slash < 0) return undefined;
  const address = parseIP(text.slice(0, slash));
  const length = text.slice(slash + 1);
  if (!address || !/^[0-9]+$/.test(length)) return undefined;
  const prefixLength = Number(length);
  return prefixLength > address.bytes.length * 8 ? undefined : { address, prefixLength };
}

/** The address with the bits beyond the prefix cleared. */
export function networkOf(cidr: CIDR): IPAddress {
  const bytes = cidr.address.bytes.map((byte, index) => {
    const kept = Math.min(8, Math.max(0, cidr.prefixLength - index * 8));
    return byte & (0xff << (8 - kept)) & 0xff;
  });
  return { bytes, leadingZeros: false };
}

/** The canonical form of the network: `10.1.0.0/16`. */
export function formatCIDR(cidr: CIDR): string {
  const network = networkOf(cidr);
  // A mapped address prints as IPv4, with the prefix counted in its 32 bits.
  if (isIPv4Mapped(network) && cidr.prefixLength >= 96) return `${formatIP(network)}/${cidr.prefixLength - 96}`;
  return `${formatIP(network)}/${cidr.prefixLength}`;
}

export function containsIP(cidr: CIDR, address: IPAddress): boolean {
  const [left, right] = [networkOf(cidr).bytes, networkOf({ address, prefixLength: cidr.prefixLength }).bytes];
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

const invalidIPText = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
const invalidCIDRText = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";

/** For fields that are younger than the strict rules. */
export function isIP(value: string): readonly string[] {
  const errors = isLegacyIP(value);
  if (errors.length > 0) return errors;
  const canonical = formatIP(parseIP(value)!);
  return value === canonical ? none : [`must be in canonical form (${JSON.stringify(canonical)})`];
}

/** For fields that take any unambiguous form. `accepted` holds values of the old object, which stay valid. */
export function isLegacyIP(value: string, accepted: readonly string[] = none): readonly string[] {
  if (accepted.includes(value)) return none;
  const address = parseIP(value);
  if (!address) return [invalidIPText];
  // Upstream's strict parser fails altogether on leading zeros, so the second complaint never joins the first.
  if (address.leadingZeros) return ["must not have leading 0s"];
  return isIPv4Mapped(address) ? ["must not be an IPv4-mapped IPv6 address"] : none;
}

export function isCIDR(value: string): readonly string[] {
  const errors = isLegacyCIDR(value);
  if (errors.length > 0) return errors;
  const canonical = formatCIDR(parseCIDR(value)!);
  return value === canonical ? none : [`must be in canonical form (${JSON.stringify(canonical)})`];
}

export function isLegacyCIDR(value: string, accepted: readonly string[] = none): readonly string[] {
  if (accepted.includes(value)) return none;
  const cidr = parseCIDR(value);
  if (!cidr) return [invalidCIDRText];
  if (cidr.address.leadingZeros || hasLeadingZeroPrefix(value)) return ["must not have leading 0s in IP or prefix length"];
  if (isIPv4Mapped(cidr.address)) return ["must not have an IPv4-mapped IPv6 address"];
  return sameBytes(networkOf(cidr), cidr.address) ? none : ["must not have bits set beyond the prefix length"];
}

/** An address with the length of its subnet: `192.168.1.5/24`. */
export function isInterfaceAddress(value: string): readonly string[] {
  const cidr = parseCIDR(value);
  if (!cidr) return ["must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)"];
  const bits = isIPv4(cidr.address) && cidr.prefixLength > 32 ? cidr.prefixLength - 96 : cidr.prefixLength;
  const canonical = `${formatIP(cidr.address)}/${bits}`;
  return value === canonical ? none : [`must be in canonical form (${JSON.stringify(canonical)})`];
}

/** Warnings about a value that `isLegacyIP` has let through. `path` is the field's. */
export function warningsForIP(path: string, value: string): string[] {
  const address = parseIP(value);
  if (!address) return [];
  const canonical = formatIP(address);
  if (address.leadingZeros || isIPv4Mapped(address)) {
    return [`${path}: non-standard IP address ${JSON.stringify(value)} is invalid: use ${JSON.stringify(canonical)}`];
  }
  if (value !== canonical) {
    return [`${path}: IPv6 address ${JSON.stringify(value)} should be in RFC 5952 canonical format (${JSON.stringify(canonical)})`];
  }
  return [];
}

/** Warnings about a value that `isLegacyCIDR` has let through. */
export function warningsForCIDR(path: string, value: string): string[] {
  const cidr = parseCIDR(value);
  if (!cidr) return [];
  const canonical = formatCIDR(cidr);
  const quoted = JSON.stringify(value);
  const warnings: string[] = [];
  if (!sameBytes(networkOf(cidr), cidr.address)) {
    const single = `${formatIP(cidr.address)}/${cidr.address.bytes.length * 8}`;
    warnings.push(
      `${path}: CIDR value ${quoted} is ambiguous in this context (should be ${JSON.stringify(canonical)} or ${JSON.stringify(single)}?)`,
    );
  }
  if (cidr.address.leadingZeros || hasLeadingZeroPrefix(value) || isIPv4Mapped(cidr.address)) {
    warnings.push(`${path}: non-standard CIDR value ${quoted} is invalid: use ${JSON.stringify(canonical)}`);
  } else if (warnings.length === 0 && value !== canonical) {
    warnings.push(`${path}: IPv6 CIDR value ${quoted} should be in RFC 5952 canonical format (${JSON.stringify(canonical)})`);
  }
  return warnings;
}

function hasLeadingZeroPrefix(value: string): boolean {
  return /\/0[0-9]/.test(value);
}

function sameBytes(left: IPAddress, right: IPAddress): boolean {
  return left.bytes.every((byte, index) => byte === right.bytes[index]);
}
