import { describe, expect, it } from "vitest";
import { isCIDR, isInterfaceAddress, isIP, isLegacyCIDR, isLegacyIP, warningsForCIDR, warningsForIP } from "./ip.ts";
import {
  isConfigMapKey,
  isDNS1035Label,
  isDNS1123Label,
  isDNS1123Subdomain,
  isEnvVarName,
  isHTTPHeaderName,
  isLabelValue,
  isPathSegmentName,
  isPercent,
  isPortName,
  isPortNumber,
  isQualifiedName,
  isRelaxedEnvVarName,
  isWildcardDNS1123Subdomain,
  nameIsDNSSubdomain,
  utf8Length,
} from "./names.ts";

const long = (length: number) => "a".repeat(length);
const labelText =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const subdomainText =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const nameText =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

describe("names", () => {
  it.each<[string, readonly string[], string[]]>([
    ["label", isDNS1123Label("a-1"), []],
    ["label with dots", isDNS1123Label("a.b"), ["must not contain dots"]],
    ["label", isDNS1123Label("A"), [labelText]],
    ["label with a line break", isDNS1123Label("a\n"), [labelText]],
    ["long label", isDNS1123Label(long(64)), ["must be no more than 63 characters"]],
    ["subdomain", isDNS1123Subdomain("a.b-c"), []],
    ["subdomain", isDNS1123Subdomain("a..b"), [subdomainText]],
    ["long subdomain", isDNS1123Subdomain(`${long(254)}_`), ["must be no more than 253 characters", subdomainText]],
    [
      "1035 label",
      isDNS1035Label("1a"),
      [
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
      ],
    ],
    ["wildcard", isWildcardDNS1123Subdomain("*.a.b"), []],
    ["qualified", isQualifiedName("example.com/Name_1.x"), []],
    ["no name", isQualifiedName("a/"), ["name part must be non-empty", `name part ${nameText}`]],
    ["no prefix", isQualifiedName("/a"), ["prefix part must be non-empty"]],
    ["bad prefix", isQualifiedName("A/a"), [`prefix part ${subdomainText}`]],
    ["long name", isQualifiedName(long(64)), ["name part must be no more than 63 bytes"]],
    ["long prefix", isQualifiedName(`${long(254)}/a`), ["prefix part must be no more than 253 bytes"]],
    [
      "two slashes",
      isQualifiedName("a/b/c"),
      [`a valid label key ${nameText} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`],
    ],
    ["value", isLabelValue(""), []],
    ["long value", isLabelValue(long(64)), ["must be no more than 63 bytes"]],
    ["path segment", isPathSegmentName(".."), ["may not be '..'"]],
    ["path segment", isPathSegmentName("a/%"), ["may not contain '/'", "may not contain '%'"]],
    ["port name", isPortName("http-1"), []],
    [
      "port name",
      isPortName("-1--2"),
      ["must contain at least one letter (a-z)", "must not contain consecutive hyphens", "must not begin or end with a hyphen"],
    ],
    [
      "port name",
      isPortName("A".repeat(16)),
      [
        "must be no more than 15 characters",
        "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
        "must contain at least one letter (a-z)",
      ],
    ],
    ["port", isPortNumber(0), ["must be between 1 and 65535, inclusive"]],
    [
      "percent",
      isPercent("5"),
      [
        "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
      ],
    ],
    [
      "header",
      isHTTPHeaderName("a b"),
      [
        "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')",
      ],
    ],
    ["key", isConfigMapKey(".."), ["must not be '..'"]],
    [
      "key",
      isConfigMapKey("a/b"),
      [
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
      ],
    ],
    ["variable", isEnvVarName("..a"), ["must not start with '..'"]],
    [
      "variable",
      isRelaxedEnvVarName("a=b"),
      ["a valid environment variable name must consist only of printable ASCII characters other than '='"],
    ],
    ["variable", isRelaxedEnvVarName(""), ["environment variable name must be non-empty"]],
    ["generated", nameIsDNSSubdomain("web-", true), []],
    ["given", nameIsDNSSubdomain("web-", false), [subdomainText]],
  ])("%s: %j", (_, got, want) => {
    expect(got).toEqual(want);
  });

  it("count bytes", () => {
    for (const text of ["", "abc", "é", "€", "𝄞x", "x𝄞𝄞é", "\ud800", "\ud800é", "\ud800\ud800", "\udc00𝄞", "𝄞\udc00", "\ud800a"])
      expect(utf8Length(text)).toBe(new TextEncoder().encode(text).length);
  });
});

describe("addresses", () => {
  const invalid = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
  it.each<[string, readonly string[], string[]]>([
    ["v4", isIP("10.0.0.1"), []],
    ["v6", isIP("2001:db8::1"), []],
    ["all zero", isIP("::"), []],
    ["not short", isIP("2001:0db8::1"), ['must be in canonical form ("2001:db8::1")']],
    ["longest run", isIP("1:0:0:2:0:0:0:3"), ['must be in canonical form ("1:0:0:2::3")']],
    ["one zero", isIP("1:0:2:3:4:5:6:7"), []],
    ["leading zeros", isIP("10.0.0.01"), ["must not have leading 0s"]],
    ["mapped", isIP("::ffff:1.2.3.4"), ["must not be an IPv4-mapped IPv6 address"]],
    ["none", isIP("1.2.3"), [invalid]],
    ["zone", isIP("fe80::1%eth0"), [invalid]],
    ["two gaps", isIP("1::2::3"), [invalid]],
    ["too long", isIP("1:2:3:4:5:6:7:8:9"), [invalid]],
    ["legacy", isLegacyIP("2001:0DB8::1"), []],
    ["legacy, kept", isLegacyIP("010.1.1.1", ["010.1.1.1"]), []],
    ["cidr", isCIDR("10.0.0.0/8"), []],
    ["cidr", isCIDR("2001:db8::/32"), []],
    ["host bits", isCIDR("10.0.0.1/8"), ["must not have bits set beyond the prefix length"]],
    ["prefix zeros", isLegacyCIDR("10.0.0.0/08"), ["must not have leading 0s in IP or prefix length"]],
    ["too long a prefix", isCIDR("10.0.0.0/33"), ["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"]],
    ["not canonical", isCIDR("FE80::/10"), ['must be in canonical form ("fe80::/10")']],
    ["interface", isInterfaceAddress("10.1.2.3/8"), []],
    ["warning", warningsForIP("spec.ip", "010.0.0.1"), ['spec.ip: non-standard IP address "010.0.0.1" is invalid: use "10.0.0.1"']],
    [
      "warning",
      warningsForIP("spec.ip", "FE80::1"),
      ['spec.ip: IPv6 address "FE80::1" should be in RFC 5952 canonical format ("fe80::1")'],
    ],
    [
      "warning",
      warningsForCIDR("c", "10.1.2.3/8"),
      ['c: CIDR value "10.1.2.3/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.1.2.3/32"?)'],
    ],
  ])("%s: %j", (_, got, want) => {
    expect(got).toEqual(want);
  });
});
