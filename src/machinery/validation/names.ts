/**
 * Rules for names and other short strings. Each function gives the complaints about a value, in upstream's words; an empty
 * list means that the value is right. Lengths count UTF-8 bytes.
 */

const none: readonly string[] = Object.freeze([]);

const dns1123LabelMaxLength = 63;
const dns1123SubdomainMaxLength = 253;
const labelValueMaxLength = 63;

const dns1123Label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const dns1123Subdomain = `${dns1123Label}(\\.${dns1123Label})*`;
const dns1123LabelWithUnderscore = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
const dns1123SubdomainWithUnderscore = `${dns1123LabelWithUnderscore}(\\.${dns1123LabelWithUnderscore})*`;
const wildcardDns1123Subdomain = `\\*\\.${dns1123Subdomain}`;
const dns1035Label = "[a-z]([-a-z0-9]*[a-z0-9])?";
const labelKeyName = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const labelValue = `(${labelKeyName})?`;
const cIdentifier = "[A-Za-z_][A-Za-z0-9_]*";
const percent = "[0-9]+%";
const httpHeaderName = "[-A-Za-z0-9]+";
const httpPath = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
const envVarName = "[-._a-zA-Z][-._a-zA-Z0-9]*";
const configMapKey = "[-._a-zA-Z0-9]+";
const conditionReason = "[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?";

/** The whole string must match; `$` alone would let a trailing line break through in some engines, never here. */
function whole(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern})$`);
}

const dns1123LabelExpression = whole(dns1123Label);
const dns1123SubdomainExpression = whole(dns1123Subdomain);
const dns1123SubdomainWithUnderscoreExpression = whole(dns1123SubdomainWithUnderscore);
const wildcardDns1123SubdomainExpression = whole(wildcardDns1123Subdomain);
const dns1035LabelExpression = whole(dns1035Label);
const labelKeyNameExpression = whole(labelKeyName);
const prefixedNameExpression = whole(`${dns1123Subdomain}/${labelKeyName}`);
const labelValueExpression = whole(labelValue);
const cIdentifierExpression = whole(cIdentifier);
const percentExpression = whole(percent);
const httpHeaderNameExpression = whole(httpHeaderName);
const httpPathExpression = whole(httpPath);
const envVarNameExpression = whole(envVarName);
const configMapKeyExpression = whole(configMapKey);
const conditionReasonExpression = whole(conditionReason);

/** How many bytes the text has in UTF-8, in which half a surrogate pair is written as a character of three. */
export function utf8Length(text: string): number {
  let length = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    length += unit < 0x800 ? 1 : 2;
    // Two units are four bytes.
    if (unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00) index++;
  }
  return length;
}

function isLonger(text: string, bytes: number): boolean {
  if (text.length > bytes) return true;
  return text.length * 3 > bytes && utf8Length(text) > bytes;
}

function maxLengthText(length: number): string {
  return `must be no more than ${length} characters`;
}

function maxBytesText(length: number): string {
  return `must be no more than ${length} bytes`;
}

/** The text of a value that doesn't match a pattern; the stray double space between examples is upstream's. */
function patternText(message: string, pattern: string, ...examples: string[]): string {
  if (examples.length === 0) return `${message} (regex used for validation is '${pattern}')`;
  return `${message} (e.g. ${examples.map((example) => `'${example}', `).join(" or ")}regex used for validation is '${pattern}')`;
}

const emptyText = "must be non-empty";
export const negativeText = "must be greater than or equal to 0";

export function rangeText(low: number, high: number): string {
  return `must be between ${low} and ${high}, inclusive`;
}

const dns1123LabelText =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
const dns1123SubdomainText =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
const dns1123SubdomainWithUnderscoreText =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character";
const wildcardDns1123SubdomainText =
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character";
const dns1035LabelText =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
const labelKeyText = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const labelValueText =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

export function isDNS1123Label(value: string): readonly string[] {
  return dns1123LabelComplaints(value, maxLengthText);
}

function dns1123LabelComplaints(value: string, tooLong: (length: number) => string): readonly string[] {
  const matches = dns1123LabelExpression.test(value);
  if (matches && value.length <= dns1123LabelMaxLength) return none;
  const errors: string[] = [];
  if (isLonger(value, dns1123LabelMaxLength)) errors.push(tooLong(dns1123LabelMaxLength));
  if (!matches) {
    if (dns1123SubdomainExpression.test(value)) errors.push("must not contain dots");
    else errors.push(patternText(dns1123LabelText, dns1123Label, "my-name", "123-abc"));
  }
  return errors;
}

export function isDNS1123Subdomain(value: string): readonly string[] {
  return subdomainComplaints(
    value,
    dns1123SubdomainExpression,
    dns1123SubdomainText,
    dns1123Subdomain,
    "example.com",
    maxLengthText(dns1123SubdomainMaxLength),
  );
}

export function isDNS1123SubdomainWithUnderscore(value: string): readonly string[] {
  return subdomainComplaints(
    value,
    dns1123SubdomainWithUnderscoreExpression,
    dns1123SubdomainWithUnderscoreText,
    dns1123SubdomainWithUnderscore,
    "example.com",
    maxLengthText(dns1123SubdomainMaxLength),
  );
}

export function isWildcardDNS1123Subdomain(value: string): readonly string[] {
  return subdomainComplaints(
    value,
    wildcardDns1123SubdomainExpression,
    wildcardDns1123SubdomainText,
    wildcardDns1123Subdomain,
    "*.example.com",
    maxLengthText(dns1123SubdomainMaxLength),
  );
}

function subdomainComplaints(
  value: string,
  expression: RegExp,
  text: string,
  pattern: string,
  example: string,
  tooLong: string,
): readonly string[] {
  const matches = expression.test(value);
  if (matches && value.length <= dns1123SubdomainMaxLength) return none;
  const errors: string[] = [];
  if (isLonger(value, dns1123SubdomainMaxLength)) errors.push(tooLong);
  if (!matches) errors.push(patternText(text, pattern, example));
  return errors;
}

export function isDNS1035Label(value: string): readonly string[] {
  const matches = dns1035LabelExpression.test(value);
  if (matches && value.length <= dns1123LabelMaxLength) return none;
  const errors: string[] = [];
  if (isLonger(value, dns1123LabelMaxLength)) errors.push(maxLengthText(dns1123LabelMaxLength));
  if (!matches) errors.push(patternText(dns1035LabelText, dns1035Label, "my-name", "abc-123"));
  return errors;
}

/** A label key, annotation key, finalizer, condition type …: an optional DNS prefix with a slash, and a name. */
export function isQualifiedName(value: string): readonly string[] {
  const slash = value.indexOf("/");
  if (slash < 0 && value.length <= labelValueMaxLength && labelKeyNameExpression.test(value)) return none;
  const isShort = slash <= dns1123SubdomainMaxLength && value.length - slash - 1 <= labelValueMaxLength;
  if (slash > 0 && isShort && prefixedNameExpression.test(value)) return none;
  const parts = value.split("/");
  const errors: string[] = [];
  let name = parts[0]!;
  if (parts.length === 2) {
    const prefix = parts[0]!;
    name = parts[1]!;
    if (prefix.length === 0) errors.push(`prefix part ${emptyText}`);
    else
      for (const message of subdomainComplaints(
        prefix,
        dns1123SubdomainExpression,
        dns1123SubdomainText,
        dns1123Subdomain,
        "example.com",
        maxBytesText(dns1123SubdomainMaxLength),
      ))
        errors.push(`prefix part ${message}`);
  } else if (parts.length > 2) {
    return [
      `a valid label key ${patternText(labelKeyText, labelKeyName, "MyName", "my.name", "123-abc")} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  if (name.length === 0) errors.push(`name part ${emptyText}`);
  else if (isLonger(name, labelValueMaxLength)) errors.push(`name part ${maxBytesText(labelValueMaxLength)}`);
  if (!labelKeyNameExpression.test(name)) {
    errors.push(`name part ${patternText(labelKeyText, labelKeyName, "MyName", "my.name", "123-abc")}`);
  }
  return errors.length === 0 ? none : errors;
}

export function isLabelValue(value: string): readonly string[] {
  const matches = labelValueExpression.test(value);
  if (matches && value.length <= labelValueMaxLength) return none;
  const errors: string[] = [];
  if (isLonger(value, labelValueMaxLength)) errors.push(maxBytesText(labelValueMaxLength));
  if (!matches) errors.push(patternText(labelValueText, labelValue, "MyValue", "my_value", "12345"));
  return errors;
}

/** The rule of a name that goes into a URL path and follows no stricter one (RBAC names). Takes the empty name. */
export function isPathSegmentName(name: string): readonly string[] {
  if (name === "." || name === "..") return [`may not be '${name}'`];
  return isPathSegmentPrefix(name);
}

function isPathSegmentPrefix(name: string): readonly string[] {
  const errors = ["/", "%"].filter((part) => name.includes(part)).map((part) => `may not contain '${part}'`);
  return errors.length === 0 ? none : errors;
}

/** A service port's name: IANA's rule of service names. */
export function isPortName(port: string): readonly string[] {
  const errors: string[] = [];
  if (isLonger(port, 15)) errors.push(maxLengthText(15));
  if (!/^[-a-z0-9]+$/.test(port)) errors.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  if (!/[a-z]/.test(port)) errors.push("must contain at least one letter (a-z)");
  if (port.includes("--")) errors.push("must not contain consecutive hyphens");
  if (port.startsWith("-") || port.endsWith("-")) errors.push("must not begin or end with a hyphen");
  return errors.length === 0 ? none : errors;
}

export function isPortNumber(port: number): readonly string[] {
  return isInRange(port, 1, 65535);
}

export function isInRange(value: number, low: number, high: number): readonly string[] {
  return value >= low && value <= high ? none : [rangeText(low, high)];
}

/** A Unix user or group id. */
export function isUserId(id: number): readonly string[] {
  return isInRange(id, 0, 2147483647);
}

export const isGroupId = isUserId;

export function isPercent(value: string): readonly string[] {
  if (percentExpression.test(value)) return none;
  return [patternText("a valid percent string must be a numeric string followed by an ending '%'", percent, "1%", "93%")];
}

export function isHTTPHeaderName(value: string): readonly string[] {
  if (httpHeaderNameExpression.test(value)) return none;
  return [patternText("a valid HTTP header must consist of alphanumeric characters or '-'", httpHeaderName, "X-Header-Name")];
}

/** The strict rule; pods follow `isRelaxedEnvVarName`. */
export function isEnvVarName(value: string): readonly string[] {
  const errors: string[] = [];
  if (!envVarNameExpression.test(value)) {
    errors.push(
      patternText(
        "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit",
        envVarName,
        "my.env-name",
        "MY_ENV.NAME",
        "MyEnvName1",
      ),
    );
  }
  errors.push(...parentDirectoryComplaints(value));
  return errors.length === 0 ? none : errors;
}

export function isRelaxedEnvVarName(value: string): readonly string[] {
  if (value.length === 0) return [`environment variable name ${emptyText}`];
  return /^[\x20-\x3c\x3e-\x7e]*$/.test(value)
    ? none
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

export function isCIdentifier(value: string): readonly string[] {
  if (cIdentifierExpression.test(value)) return none;
  return [
    patternText(
      "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
      cIdentifier,
      "my_name",
      "MY_NAME",
      "MyName",
    ),
  ];
}

/** A key of a config map or secret. */
export function isConfigMapKey(value: string): readonly string[] {
  const errors: string[] = [];
  if (isLonger(value, dns1123SubdomainMaxLength)) errors.push(maxLengthText(dns1123SubdomainMaxLength));
  if (!configMapKeyExpression.test(value)) {
    errors.push(
      patternText(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        configMapKey,
        "key.name",
        "KEY_NAME",
        "key-name",
      ),
    );
  }
  errors.push(...parentDirectoryComplaints(value));
  return errors.length === 0 ? none : errors;
}

export function isConditionReason(value: string): readonly string[] {
  if (conditionReasonExpression.test(value)) return none;
  return [
    patternText(
      "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'",
      conditionReason,
      "my_name",
      "MY_NAME",
      "MyName",
      "ReasonA,ReasonB",
      "ReasonA:ReasonB",
    ),
  ];
}

/** The path part of a domain-prefixed path (`acme.io/foo`), as finalizers of job managers have it. */
export function isHTTPPath(path: string): readonly string[] {
  return httpPathExpression.test(path) ? none : [patternText("Invalid path", httpPath)];
}

function parentDirectoryComplaints(value: string): readonly string[] {
  if (value === ".") return ["must not be '.'"];
  if (value === "..") return ["must not be '..'"];
  if (value.startsWith("..")) return ["must not start with '..'"];
  return none;
}

/** A rule for the names of a kind. `prefix` is true for generateName, where a trailing dash is fine. */
export type NameRule = (name: string, prefix: boolean) => readonly string[];

/** What will follow a generateName makes its trailing dash an inner one. Upstream drops the character before the dash, too. */
function maskTrailingDash(name: string): string {
  return name.length > 1 && name.endsWith("-") ? `${name.slice(0, -2)}a` : name;
}

export const nameIsDNSSubdomain: NameRule = (name, prefix) => isDNS1123Subdomain(prefix ? maskTrailingDash(name) : name);
export const nameIsDNSLabel: NameRule = (name, prefix) => isDNS1123Label(prefix ? maskTrailingDash(name) : name);
export const nameIsDNS1035Label: NameRule = (name, prefix) => isDNS1035Label(prefix ? maskTrailingDash(name) : name);
export const nameIsPathSegment: NameRule = (name, prefix) => (prefix ? isPathSegmentPrefix(name) : isPathSegmentName(name));
