import { base64Error } from "../../schema/base64.ts";
import { isLabelValue, isQualifiedName, nameIsDNS1035Label, nameIsDNSLabel, nameIsDNSSubdomain } from "../../validation/names.ts";
import { structType } from "../check/types.ts";
import { noOverload } from "../values/compare.ts";
import { parseTimestamp } from "../values/text.ts";
import { ArrayList, none, ObjectValue, Optional, type Value } from "../values/value.ts";
import { requestURIError } from "./urls.ts";

const formatType = structType("kubernetes.NamedFormat");

export class FormatValue extends ObjectValue {
  readonly type = formatType;
  readonly name: string;
  /** What the cost of a check counts. */
  readonly regexSize: number;
  readonly complaints: (text: string) => readonly string[];
  constructor(name: string, regexSize: number, complaints: (text: string) => readonly string[]) {
    super();
    this.name = name;
    this.regexSize = regexSize;
    this.complaints = complaints;
  }
  equals(other: Value): Value {
    return other instanceof FormatValue ? other.name === this.name : noOverload;
  }
}

const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const time = /^([0-9]{2}):([0-9]{2}):([0-9]{2})(.[0-9]+)?(?:z|[+-][0-9]{2}:[0-9]{2})$/;
const noComplaints: readonly string[] = [];
const unless = (isFine: boolean, complaint: string) => (isFine ? noComplaints : [complaint]);

function isDate(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && parseTimestamp(`${text}T00:00:00Z`) !== undefined;
}

function isDateTime(text: string): boolean {
  const [date = "", rest] = text.toLowerCase().split("t");
  const match = rest !== undefined && isDate(date) ? time.exec(rest) : null;
  return match !== null && (match[1] as string) <= "23" && (match[2] as string) <= "59" && (match[3] as string) <= "59";
}

const formats: ReadonlyMap<string, FormatValue> = new Map(
  (
    [
      ["dns1123Label", "DNS1123Label", 30, (text) => nameIsDNSLabel(text, false)],
      ["dns1123Subdomain", "DNS1123Subdomain", 60, (text) => nameIsDNSSubdomain(text, false)],
      ["dns1035Label", "DNS1035Label", 30, (text) => nameIsDNS1035Label(text, false)],
      ["qualifiedName", "QualifiedName", 60, isQualifiedName],
      ["dns1123LabelPrefix", "DNS1123LabelPrefix", 30, (text) => nameIsDNSLabel(text, true)],
      ["dns1123SubdomainPrefix", "DNS1123SubdomainPrefix", 60, (text) => nameIsDNSSubdomain(text, true)],
      ["dns1035LabelPrefix", "DNS1035LabelPrefix", 30, (text) => nameIsDNS1035Label(text, true)],
      ["labelValue", "LabelValue", 40, isLabelValue],
      ["uri", "URI", 1103, (text) => [requestURIError(text)].filter((error) => error !== undefined)],
      ["uuid", "uuid", 70, (text) => unless(uuid.test(text), "does not match the UUID format")],
      ["byte", "byte", 84, (text) => unless(text !== "" && base64Error(text) === undefined, "invalid base64")],
      ["date", "date", 71, (text) => unless(isDate(text), "invalid date")],
      ["datetime", "datetime", 71, (text) => unless(isDateTime(text), "invalid datetime")],
    ] as [string, string, number, (text: string) => readonly string[]][]
  ).map(([key, name, size, complaints]) => [key, new FormatValue(name, size, complaints)]),
);

export const formatFunctions: Readonly<Record<string, (...args: never[]) => Value>> = {
  ...Object.fromEntries([...formats].map(([key, format]) => [`format.${key}`, () => format])),
  "format-named": (name: string) => {
    const format = formats.get(name);
    return format ? new Optional(format) : none;
  },
  "format-validate": (format: FormatValue, text: string) => {
    const complaints = format.complaints(text);
    return complaints.length === 0 ? none : new Optional(new ArrayList(complaints));
  },
};
