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
const streamedText = `${mediaTypes.json};stream=watch, ${mediaTypes.protobuf};stream=watch`;
/** What the route of a collection offers: lists, and watches as streams. */
const collectionText = `${acceptedText}, ${streamedText}`;

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
    const clause: AcceptClause = { type: (type as string).trim(), quality: 1, parameters: {} };
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
  return clauses.sort((a, b) => b.quality - a.quality || wildcards(a) - wildcards(b));
}

/** Of two types of one quality the one without wildcards comes first. */
function wildcards({ type }: AcceptClause): number {
  return type.split("*").length - 1;
}

export function encodingOf(type: string): Encoding | undefined {
  switch (type) {
    case "application/json":
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

/** What an endpoint can answer with, beside plain objects. */
export interface Offer {
  /** Partial metadata. */
  transforms: boolean;
  /** Tables too. */
  tables?: boolean;
  /** It answers with objects: forms that all kinds have are of version 1. */
  isObject?: boolean;
  /** The route serves a collection: its refusals name the forms of watches too. */
  isCollection?: boolean;
  /** The route offers plain text, which only what it streams can be. */
  alsoPlainText?: boolean;
  /** It isn't behind the router, which has a check of its own. */
  isUnrouted?: boolean;
  /** Whole objects have no protobuf form: custom resources. */
  noProtobuf?: boolean;
}

/** Chooses the form of the answer; throws the 406 when there is none that the client takes. */
export function negotiate(header: string | undefined, offer: Offer): Negotiated {
  if (header === undefined || header === "" || header === "application/json" || header === "*/*") return plainJson;
  const clauses = parseAccept(header);
  if (!offer.isUnrouted) {
    const offered = offer.isCollection ? collectionText : offer.alsoPlainText ? `text/plain, ${acceptedText}` : acceptedText;
    checkAcceptable(header, offered, (type) => encodingOf(type) !== undefined || (offer.alsoPlainText === true && type === "text/plain"));
  }
  for (const clause of clauses) {
    const form = formOf(clause, offer);
    if (form) return form;
  }
  throw notAcceptable(`only the following media types are accepted: ${acceptedText}`);
}

function formOf({ type, parameters }: AcceptClause, offer: Offer): Negotiated | undefined {
  const encoding = type === "application/*" ? "json" : encodingOf(type);
  if (encoding === undefined || !takesParameters(parameters, encoding, offer.isObject === true)) return undefined;
  const { as = "", g = "", v = "" } = parameters;
  if (as === "" && offer.noProtobuf && encoding === "protobuf") return undefined;
  if (as === "" && g === "" && v === "") return { encoding, as: "", asVersion: "" };
  if (!offer.transforms || g !== "meta.k8s.io" || (v !== "v1" && v !== "v1beta1")) return undefined;
  if (as === "Table") return offer.tables && encoding !== "protobuf" ? { encoding, as, asVersion: v } : undefined;
  return as === "PartialObjectMetadata" || as === "PartialObjectMetadataList" ? { encoding, as, asVersion: v } : undefined;
}

/** Throws the 406 of a watch in a form that can't be streamed. */
export function checkStreamed({ encoding }: Negotiated): void {
  if (encoding === "yaml") throw notAcceptable(`only the following media types are accepted: ${streamedText}`);
}

/** Whether what a clause says of streams and of the version of generic forms can be. */
function takesParameters({ sv = "", stream = "" }: AcceptClause["parameters"], encoding: Encoding, hasVersion: boolean): boolean {
  if (sv !== "" && !(hasVersion && sv === "v1")) return false;
  return stream === "" || (stream === "watch" && encoding !== "yaml");
}

/** The router's own check, before anything of the request is looked at: it knows media types without parameters, and no ranges but that of all types. */
export function checkAcceptable(header: string | undefined, offered: string, isOffered: (type: string) => boolean): void {
  if (!header || parseAccept(header).some(({ type }) => isOffered(type))) return;
  throw new StatusError(406, "NotAcceptable", `406: Not Acceptable\n\nAvailable representations: ${offered}`, {});
}

/** What upstream calls the type of all objects of custom kinds. */
export const unstructured = "unstructured.Unstructured";

/** Throws the 406 when partial metadata is asked for in the form for lists, or the other way round. */
export function checkPartial({ as }: Negotiated, isList: boolean, kind: string): void {
  if (isList && as === "PartialObjectMetadata") {
    throw notAcceptable(`you requested PartialObjectMetadata, but the requested object is a list (*${kind}List)`);
  }
  if (!isList && as === "PartialObjectMetadataList") {
    if (kind === unstructured) throw new StatusError(500, "", "content is not a list");
    throw notAcceptable(`you requested PartialObjectMetadataList, but the requested object is not a list (*${kind})`);
  }
}

/** The form of an error: what the client takes of the plain forms, or JSON. */
export function negotiateError(header: string | undefined): Encoding {
  if (header === undefined || header === "" || header === "application/json" || header === "*/*") return "json";
  for (const { type, parameters } of parseAccept(header)) {
    const encoding = encodingOf(type);
    if (encoding === undefined || parameters.as || parameters.g || parameters.v) continue;
    if (takesParameters(parameters, encoding, false)) return encoding;
  }
  return "json";
}

/** Whether a negotiated answer can be pretty-printed JSON: asked for, or read by a person. */
export function wantsPretty(query: URLSearchParams, userAgent: string | undefined): boolean {
  const pretty = query.get("pretty");
  if (pretty !== null) return pretty !== "false" && pretty !== "0";
  return userAgent !== undefined && /^(curl|Wget|Mozilla\/5\.0)/.test(userAgent);
}
