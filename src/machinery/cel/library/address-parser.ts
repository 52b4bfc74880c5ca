/** IP addresses and networks as expressions accept them, with upstream's complaints. */

import { quote } from "../../quote.ts";

export class AddressError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "AddressError";
  }
}

export interface ParsedAddress {
  /** 4 or 16. */
  bytes: number[];
  zone: string;
}

function fail(input: string, message: string, at = ""): never {
  throw new AddressError(`ParseAddr(${quote(input)}): ${message}${at === "" ? "" : ` (at ${quote(at)})`}`);
}

/** Throws `AddressError`. */
export function parseAddress(text: string): ParsedAddress {
  const decisive = /[.:%]/.exec(text)?.[0];
  if (decisive === ".") return { bytes: parseIPv4(text, text), zone: "" };
  if (decisive === ":") return parseIPv6(text);
  return fail(text, decisive === "%" ? "missing IPv6 address" : "unable to parse IP");
}

function parseIPv4(input: string, text: string): number[] {
  const fields: number[] = [];
  let value = 0;
  let digits = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string;
    if (char >= "0" && char <= "9") {
      if (digits === 1 && value === 0) fail(input, "IPv4 field has octet with leading zero");
      value = value * 10 + Number(char);
      digits++;
      if (value > 255) fail(input, "IPv4 field has value >255");
    } else if (char === ".") {
      if (at === 0 || at === text.length - 1 || text[at - 1] === ".") {
        fail(input, "IPv4 field must have at least one digit", text.slice(at));
      }
      if (fields.length === 3) fail(input, "IPv4 address too long");
      fields.push(value);
      value = 0;
      digits = 0;
    } else fail(input, "unexpected character", text.slice(at));
  }
  if (fields.length < 3) fail(input, "IPv4 address too short");
  return [...fields, value];
}

function parseIPv6(input: string): ParsedAddress {
  const percent = input.indexOf("%");
  const zone = percent < 0 ? "" : input.slice(percent + 1);
  if (percent >= 0 && zone === "") fail(input, "zone must be a non-empty string");
  let rest = percent < 0 ? input : input.slice(0, percent);
  const bytes: number[] = [];
  let ellipsis = -1;
  if (rest.startsWith("::")) {
    ellipsis = 0;
    rest = rest.slice(2);
    if (rest === "") return { bytes: new Array<number>(16).fill(0), zone };
  }
  while (bytes.length < 16) {
    const digits = /^[0-9a-fA-F]*/.exec(rest)?.[0] ?? "";
    if (digits.length > 4) fail(input, "each group must have 4 or less digits", rest);
    if (digits === "") fail(input, "each colon-separated field must have at least one digit", rest);
    if (rest[digits.length] === ".") {
      if (ellipsis < 0 && bytes.length !== 12) {
        fail(input, "embedded IPv4 address must replace the final 2 fields of the address", rest);
      }
      if (bytes.length > 12) fail(input, "too many hex fields to fit an embedded IPv4 at the end of the address", rest);
      bytes.push(...parseIPv4(input, rest));
      rest = "";
      break;
    }
    const group = Number.parseInt(digits, 16);
    bytes.push(group >> 8, group & 0xff);
    rest = rest.slice(digits.length);
    if (rest === "") break;
    if (rest[0] !== ":") fail(input, "unexpected character, want colon", rest);
    if (rest.length === 1) fail(input, "colon must be followed by more characters", rest);
    rest = rest.slice(1);
    if (rest[0] !== ":") continue;
    if (ellipsis >= 0) fail(input, "multiple :: in address", rest);
    ellipsis = bytes.length;
    rest = rest.slice(1);
    if (rest === "") break;
  }
  if (rest !== "") fail(input, "trailing garbage after address", rest);
  if (bytes.length === 16 && ellipsis >= 0) fail(input, "the :: must expand to at least one field of zeros");
  if (bytes.length < 16) {
    if (ellipsis < 0) fail(input, "address string too short");
    bytes.splice(ellipsis, 0, ...new Array<number>(16 - bytes.length).fill(0));
  }
  return { bytes, zone };
}

/** Throws `AddressError`. */
export function parsePrefix(text: string): { bytes: number[]; length: number } {
  const wrong = (message: string): never => {
    throw new AddressError(`netip.ParsePrefix(${quote(text)}): ${message}`);
  };
  const slash = text.lastIndexOf("/");
  if (slash < 0) return wrong("no '/'");
  let address: ParsedAddress;
  try {
    address = parseAddress(text.slice(0, slash));
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error));
  }
  if (address.zone !== "") return wrong("IPv6 zones cannot be present in a prefix");
  const bits = text.slice(slash + 1);
  if (!/^(?:0|[1-9]\d*)$/.test(bits) || Number(bits) > Number.MAX_SAFE_INTEGER) return wrong(`bad bits after slash: ${quote(bits)}`);
  const length = Number(bits);
  if (length > address.bytes.length * 8) return wrong("prefix length out of range");
  return { bytes: address.bytes, length };
}
