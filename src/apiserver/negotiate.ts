import { notAcceptable, StatusError } from "../machinery/errors.ts";

export const mediaTypes = {
  json: "application/json",
  yaml: "application/yaml",
  protobuf: "application/vnd.kubernetes.protobuf",
} as const;

export type Encoding = keyof typeof mediaTypes;

/** What form the client wants an answer in. */
export interface Negotiated {
  encoding: Encoding;
  /** `Table` and the partial metadata forms of meta.k8s.io. */
  as: "" | "Table" | "PartialObjectMetadata" | "PartialObjectMetadataList";
  /** The version of `as`: v1 or v1beta1. */
  asVersion: string;
}

const plainJson: Negotiated = { encoding: "json", as: "", asVersion: "" };
const acceptedText = Object.values(mediaTypes).join(", ");

interface AcceptClause {
  type: string;
  quality: number;
  parameters: Record<string, string>;
}

/** Reads an Accept header; clauses in the order in which the client prefers them. */
export function parseAccept(header: string): AcceptClause[] {
  const clauses: AcceptClause[] = [];
  for (const part of header.split(",")) {
    const [type, ...rest] = part.split(";");
    const clause: AcceptClause = { type: (type as string).trim().toLowerCase(), quality: 1, parameters: {} };
    for (const parameter of rest) {
      const equals = parameter.indexOf("=");
      if (equals < 0) continue;
      const name = parameter.slice(0, equals).trim();
      const value = parameter.slice(equals + 1).trim();
      if (name === "q") clause.quality = Number(value);
      else clause.parameters[name] = value;
    }
    if (clause.type !== "") clauses.push(clause);
  }
  return clauses.sort((a, b) => b.quality - a.quality);
}

export function encodingOf(type: string): Encoding | undefined {
  switch (type) {
    case "application/json":
    case "application/*":
    case "*/*":
      return "json";
    case "application/yaml":
      return "yaml";
    case "application/vnd.kubernetes.protobuf":
      return "protobuf";
    default:
      return undefined;
  }
}

/** Chooses the form of the answer. `transforms` says whether this endpoint offers Table and partial metadata. */
export function negotiate(header: string | undefined, transforms: boolean): Negotiated {
  if (header === undefined || header === "" || header === "application/json" || header === "*/*") return plainJson;
  const clauses = parseAccept(header);
  let known = false;
  for (const clause of clauses) {
    const encoding = encodingOf(clause.type);
    if (encoding === undefined) continue;
    known = true;
    const { as, g, v } = clause.parameters;
    if (as === undefined) return { encoding, as: "", asVersion: "" };
    if (!transforms || g !== "meta.k8s.io" || (v !== "v1" && v !== "v1beta1")) continue;
    // A Table has no message.
    if (as === "Table" && encoding === "protobuf") continue;
    if (as === "Table" || as === "PartialObjectMetadata" || as === "PartialObjectMetadataList") return { encoding, as, asVersion: v };
  }
  if (known) throw notAcceptable(`only the following media types are accepted: ${acceptedText}`);
  throw new StatusError(406, "NotAcceptable", `406: Not Acceptable\n\nAvailable representations: ${acceptedText}`, {});
}

/** Whether a negotiated answer can be pretty-printed JSON: asked for, or read by a person. */
export function wantsPretty(query: URLSearchParams, userAgent: string | undefined): boolean {
  const pretty = query.get("pretty");
  if (pretty !== null) return pretty !== "false" && pretty !== "0";
  return userAgent !== undefined && /^(curl|Wget|Mozilla\/5\.0)/.test(userAgent);
}
