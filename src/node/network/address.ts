import { isIPv4, isIPv6 } from "node:net";

/** 4 or 6. */
export type Family = 4 | 6;

export interface Cidr {
  family: Family;
  /** The first address of the range: host bits are zero. */
  base: bigint;
  prefix: number;
}

/** The family of an address in text form; undefined when it isn't one. */
export function familyOf(text: string): Family | undefined {
  if (isIPv4(text)) return 4;
  return isIPv6(text) && !text.includes("%") ? 6 : undefined;
}

/** The number of an address; undefined when the text isn't one. */
export function parseAddress(text: string): bigint | undefined {
  const family = familyOf(text);
  if (family === 4) return BigInt(parseIpv4(text));
  return family === 6 ? parseIpv6(text) : undefined;
}

function parseIpv4(text: string): number {
  let value = 0;
  for (const part of text.split(".")) value = value * 256 + Number(part);
  return value;
}

function parseIpv6(text: string): bigint {
  let groups = text;
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (dotted) {
    const value = parseIpv4(dotted[2] as string);
    groups = `${dotted[1]}${Math.floor(value / 65536).toString(16)}:${(value % 65536).toString(16)}`;
  }
  const [head = "", tail] = groups.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const middle = tail === undefined ? [] : new Array<string>(8 - left.length - right.length).fill("0");
  return [...left, ...middle, ...right].reduce((value, group) => (value << 16n) | BigInt(Number.parseInt(group, 16)), 0n);
}

/** The canonical text: dotted decimal, or RFC 5952. */
export function formatAddress(family: Family, value: bigint): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join(".");
  const groups: number[] = [];
  for (let shift = 112n; shift >= 0n; shift -= 16n) groups.push(Number((value >> shift) & 0xffffn));
  let start = -1;
  let length = 1;
  for (let from = 0; from < 8; from++) {
    let to = from;
    while (to < 8 && groups[to] === 0) to++;
    if (to - from > length) {
      start = from;
      length = to - from;
    }
  }
  const text = (part: number[]) => part.map((group) => group.toString(16)).join(":");
  return start < 0 ? text(groups) : `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}

/** The text form that kernels and tools print; the text itself when it isn't an address. */
export function canonicalAddress(text: string): string {
  const family = familyOf(text);
  return family === 6 ? formatAddress(6, parseIpv6(text)) : text;
}

/** A range such as `10.244.0.0/16`; undefined when the text isn't one. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf("/");
  const address = slash < 0 ? text : text.slice(0, slash);
  const family = familyOf(address);
  if (!family) return undefined;
  const bits = family === 4 ? 32 : 128;
  const length = slash < 0 ? String(bits) : text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(length) || Number(length) > bits) return undefined;
  const hostBits = BigInt(bits - Number(length));
  const value = parseAddress(address) as bigint;
  return { family, base: (value >> hostBits) << hostBits, prefix: Number(length) };
}

/** Throws a plain error that names the text when it isn't a range. */
export function mustParseCidr(text: string): Cidr {
  const cidr = parseCidr(text);
  if (!cidr) throw new Error(`"${text}" is not an address range such as 10.244.0.0/16`);
  return cidr;
}

export function formatCidr(cidr: Cidr): string {
  return `${formatAddress(cidr.family, cidr.base)}/${cidr.prefix}`;
}

export function cidrContains(cidr: Cidr, address: string): boolean {
  if (familyOf(address) !== cidr.family) return false;
  const hostBits = BigInt((cidr.family === 4 ? 32 : 128) - cidr.prefix);
  return (parseAddress(address) as bigint) >> hostBits === cidr.base >> hostBits;
}

export function cidrsOverlap(a: Cidr, b: Cidr): boolean {
  if (a.family !== b.family) return false;
  const hostBits = BigInt((a.family === 4 ? 32 : 128) - Math.min(a.prefix, b.prefix));
  return a.base >> hostBits === b.base >> hostBits;
}

/** The address at an offset from the start of the range: 1 is the first that a host can have. */
export function addressAt(cidr: Cidr, offset: number): string {
  return formatAddress(cidr.family, cidr.base + BigInt(offset));
}
