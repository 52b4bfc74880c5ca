import { quote } from "../../quote.ts";
import { type CIDR, containsIP, formatIP, type IPAddress, isIPv4Mapped, networkOf } from "../../validation/ip.ts";
import { opaqueType } from "../check/types.ts";
import { noOverload } from "../values/compare.ts";
import { Failure, ObjectValue, type Value } from "../values/value.ts";
import { AddressError, parseAddress, parsePrefix } from "./address-parser.ts";

const ipType = opaqueType("net.IP");
const cidrType = opaqueType("net.CIDR");

export class IPValue extends ObjectValue {
  readonly type = ipType;
  readonly address: IPAddress;
  override readonly costSize: number;
  constructor(address: IPAddress) {
    super();
    this.address = address;
    this.costSize = address.bytes.length;
  }
  equals(other: Value): Value {
    return other instanceof IPValue ? sameBytes(this.address, other.address) : other instanceof Failure ? other : noOverload;
  }
}

export class CIDRValue extends ObjectValue {
  readonly type = cidrType;
  readonly cidr: CIDR;
  override readonly costSize: number;
  constructor(cidr: CIDR) {
    super();
    this.cidr = cidr;
    this.costSize = Math.ceil(cidr.prefixLength / 8);
  }
  equals(other: Value): Value {
    if (!(other instanceof CIDRValue)) return other instanceof Failure ? other : noOverload;
    return this.cidr.prefixLength === other.cidr.prefixLength && sameBytes(this.cidr.address, other.cidr.address);
  }
}

function sameBytes(a: IPAddress, b: IPAddress): boolean {
  return a.bytes.length === b.bytes.length && a.bytes.every((byte, index) => byte === b.bytes[index]);
}

function toIP(text: string): IPValue | Failure {
  try {
    const { bytes, zone } = parseAddress(text);
    if (zone !== "") return new Failure(`IP address ${quote(text)} with zone value is not allowed`);
    const address = { bytes, leadingZeros: false };
    if (isIPv4Mapped(address)) return new Failure(`IPv4-mapped IPv6 address ${quote(text)} is not allowed`);
    return new IPValue(address);
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    return new Failure(`IP Address ${quote(text)} parse error during conversion from string: ${error.message}`);
  }
}

function toCIDR(text: string): CIDRValue | Failure {
  const prefix = "network address parse error during conversion from string: ";
  try {
    const { bytes, length } = parsePrefix(text);
    const address = { bytes, leadingZeros: false };
    if (isIPv4Mapped(address)) return new Failure(`${prefix}IPv4-mapped IPv6 address ${quote(text)} is not allowed`);
    return new CIDRValue({ address, prefixLength: length });
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    return new Failure(`${prefix}${prefix}${error.message}`);
  }
}

function contains({ cidr }: CIDRValue, { address }: IPValue): boolean {
  return cidr.address.bytes.length === address.bytes.length && containsIP(cidr, address);
}

function containsNetwork(outer: CIDRValue, inner: CIDRValue): boolean {
  return outer.cidr.prefixLength <= inner.cidr.prefixLength && contains(outer, new IPValue(inner.cidr.address));
}

const all = (bytes: readonly number[], wanted: number) => bytes.every((byte) => byte === wanted);
const is4 = (bytes: readonly number[]) => bytes.length === 4;

function isLoopback({ bytes }: IPAddress): boolean {
  return is4(bytes) ? bytes[0] === 127 : all(bytes.slice(0, 15), 0) && bytes[15] === 1;
}

function isMulticast({ bytes }: IPAddress): boolean {
  return is4(bytes) ? ((bytes[0] as number) & 0xf0) === 0xe0 : bytes[0] === 0xff;
}

function isLinkLocalMulticast({ bytes }: IPAddress): boolean {
  if (is4(bytes)) return bytes[0] === 224 && bytes[1] === 0 && bytes[2] === 0;
  return bytes[0] === 0xff && ((bytes[1] as number) & 0x0f) === 2;
}

function isLinkLocalUnicast({ bytes }: IPAddress): boolean {
  if (is4(bytes)) return bytes[0] === 169 && bytes[1] === 254;
  return bytes[0] === 0xfe && ((bytes[1] as number) & 0xc0) === 0x80;
}

function isGlobalUnicast(address: IPAddress): boolean {
  if (is4(address.bytes) && all(address.bytes, 255)) return false;
  return !all(address.bytes, 0) && !isLoopback(address) && !isMulticast(address) && !isLinkLocalUnicast(address);
}

export const addressFunctions: Readonly<Record<string, (...args: never[]) => Value>> = {
  string_to_ip: toIP,
  is_ip: (text: string) => !(toIP(text) instanceof Failure),
  ip_is_canonical: (text: string) => {
    const ip = toIP(text);
    return ip instanceof Failure ? ip : formatIP(ip.address) === text;
  },
  ip_to_string: ({ address }: IPValue) => formatIP(address),
  ip_family: ({ address }: IPValue) => (is4(address.bytes) ? 4n : 6n),
  ip_is_unspecified: ({ address }: IPValue) => all(address.bytes, 0),
  ip_is_loopback: ({ address }: IPValue) => isLoopback(address),
  ip_is_link_local_multicast: ({ address }: IPValue) => isLinkLocalMulticast(address),
  ip_is_link_local_unicast: ({ address }: IPValue) => isLinkLocalUnicast(address),
  ip_is_global_unicast: ({ address }: IPValue) => isGlobalUnicast(address),
  string_to_cidr: toCIDR,
  is_cidr: (text: string) => !(toCIDR(text) instanceof Failure),
  cidr_to_string: ({ cidr }: CIDRValue) => `${formatIP(cidr.address)}/${cidr.prefixLength}`,
  cidr_ip: ({ cidr }: CIDRValue) => new IPValue(cidr.address),
  cidr_prefix_length: ({ cidr }: CIDRValue) => BigInt(cidr.prefixLength),
  cidr_masked: ({ cidr }: CIDRValue) => new CIDRValue({ address: networkOf(cidr), prefixLength: cidr.prefixLength }),
  cidr_contains_ip_ip: contains,
  cidr_contains_ip_string: (cidr: CIDRValue, text: string) => {
    const ip = toIP(text);
    return ip instanceof Failure ? noOverload : contains(cidr, ip);
  },
  cidr_contains_cidr: containsNetwork,
  cidr_contains_cidr_string: (outer: CIDRValue, text: string) => {
    const inner = toCIDR(text);
    return inner instanceof Failure ? inner : containsNetwork(outer, inner);
  },
};
