import { quote } from "../../quote.ts";
import { structType } from "../check/types.ts";
import { noOverload } from "../values/compare.ts";
import { Failure, ObjectValue, type Value } from "../values/value.ts";

const semverType = structType("kubernetes.Semver");

interface Version {
  major: bigint;
  minor: bigint;
  patch: bigint;
  prerelease: readonly (bigint | string)[];
}

export class SemverValue extends ObjectValue {
  readonly type = semverType;
  readonly version: Version;
  constructor(version: Version) {
    super();
    this.version = version;
  }
  equals(other: Value): Value {
    return other instanceof SemverValue ? compare(this, other) === 0 : noOverload;
  }
}

const digits = /^[0-9]*$/;
const alphanumeric = /^[0-9A-Za-z-]*$/;

function number(text: string, what: string): bigint | Failure {
  if (!digits.test(text)) return new Failure(`Invalid character(s) found in ${what} number ${quote(text)}`);
  if (text.length > 1 && text.startsWith("0")) {
    return new Failure(`${what[0]?.toUpperCase()}${what.slice(1)} number must not contain leading zeroes ${quote(text)}`);
  }
  return integer(text);
}

function integer(text: string): bigint | Failure {
  if (text === "") return new Failure(`strconv.ParseUint: parsing "": invalid syntax`);
  const value = BigInt(text);
  return BigInt.asUintN(64, value) === value ? value : new Failure(`strconv.ParseUint: parsing ${quote(text)}: value out of range`);
}

function parse(text: string): SemverValue | Failure {
  if (text === "") return new Failure("Version string empty");
  const [majorText, minorText, ...rest] = text.split(".");
  if (minorText === undefined || rest.length === 0) return new Failure("No Major.Minor.Patch elements found");
  const major = number(majorText as string, "major");
  if (major instanceof Failure) return major;
  const minor = number(minorText, "minor");
  if (minor instanceof Failure) return minor;
  let patchText = rest.join(".");
  const plus = patchText.indexOf("+");
  const build = plus < 0 ? [] : patchText.slice(plus + 1).split(".");
  if (plus >= 0) patchText = patchText.slice(0, plus);
  const dash = patchText.indexOf("-");
  const pre = dash < 0 ? [] : patchText.slice(dash + 1).split(".");
  if (dash >= 0) patchText = patchText.slice(0, dash);
  const patch = number(patchText, "patch");
  if (patch instanceof Failure) return patch;
  const prerelease: (bigint | string)[] = [];
  for (const part of pre) {
    const parsed = prereleasePart(part);
    if (parsed instanceof Failure) return parsed;
    prerelease.push(parsed);
  }
  for (const part of build) {
    if (part === "") return new Failure("Build meta data is empty");
    if (!alphanumeric.test(part)) return new Failure(`Invalid character(s) found in build meta data ${quote(part)}`);
  }
  return new SemverValue({ major, minor, patch, prerelease });
}

function prereleasePart(text: string): bigint | string | Failure {
  if (text === "") return new Failure("Prerelease is empty");
  if (digits.test(text)) {
    if (text.length > 1 && text.startsWith("0")) {
      return new Failure(`Numeric PreRelease version must not contain leading zeroes ${quote(text)}`);
    }
    return integer(text);
  }
  return alphanumeric.test(text) ? text : new Failure(`Invalid character(s) found in prerelease ${quote(text)}`);
}

/** Makes a version of `v1`, `1.02` and the like. */
function normalize(text: string): string | Failure {
  const [first = "", second, ...rest] = (text.startsWith("v") ? text.slice(1) : text).split(".");
  const parts = [first, ...(second === undefined ? [] : [second]), ...(rest.length > 0 ? [rest.join(".")] : [])].map((part) => {
    if (part.length <= 1) return part;
    const trimmed = part.replace(/^0+/, "");
    return /^[0-9]/.test(trimmed) ? trimmed : `0${trimmed}`;
  });
  if (parts.length < 3 && /[+-]/.test(parts.at(-1) as string)) {
    return new Failure("short version cannot contain PreRelease/Build meta data");
  }
  while (parts.length < 3) parts.push("0");
  return parts.join(".");
}

function toSemver(text: string, normalized = false): SemverValue | Failure {
  const source = normalized ? normalize(text) : text;
  return source instanceof Failure ? source : parse(source);
}

function compare({ version: a }: SemverValue, { version: b }: SemverValue): number {
  for (const part of ["major", "minor", "patch"] as const) if (a[part] !== b[part]) return a[part] > b[part] ? 1 : -1;
  if (a.prerelease.length === 0 || b.prerelease.length === 0) {
    return Math.sign(Number(a.prerelease.length === 0) - Number(b.prerelease.length === 0));
  }
  for (const [index, left] of a.prerelease.entries()) {
    const right = b.prerelease[index];
    if (right === undefined) return 1;
    if (left === right) continue;
    if (typeof left !== typeof right) return typeof left === "bigint" ? -1 : 1;
    return left > right ? 1 : -1;
  }
  return a.prerelease.length === b.prerelease.length ? 0 : -1;
}

type S = SemverValue;

export const semverFunctions: Readonly<Record<string, (...args: never[]) => Value>> = {
  string_to_semver: (text: string) => toSemver(text),
  string_bool_to_semver: toSemver,
  is_semver_string: (text: string) => !(toSemver(text) instanceof Failure),
  is_semver_string_bool: (text: string, normalized: boolean) => !(toSemver(text, normalized) instanceof Failure),
  semver_is_greater_than: (a: S, b: S) => compare(a, b) === 1,
  semver_is_less_than: (a: S, b: S) => compare(a, b) === -1,
  semver_compare_to: (a: S, b: S) => BigInt(compare(a, b)),
  semver_major: ({ version }: S) => BigInt.asIntN(64, version.major),
  semver_minor: ({ version }: S) => BigInt.asIntN(64, version.minor),
  semver_patch: ({ version }: S) => BigInt.asIntN(64, version.patch),
};
