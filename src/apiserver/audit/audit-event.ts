import { formatMicroTime } from "../../machinery/clock.ts";
import type { Status } from "../../machinery/meta/v1.ts";
import type { Identity } from "../request.ts";
import type { AuditLevel, AuditStage } from "./policy.ts";

/** What a request was about. */
export interface ObjectReference {
  resource: string;
  namespace: string;
  name: string;
  uid: string;
  apiGroup: string;
  apiVersion: string;
  resourceVersion: string;
  subresource: string;
}

/** What is told of one request at one stage. Objects are JSON already. */
interface AuditEventParts {
  level: AuditLevel;
  auditId: string;
  stage: AuditStage;
  requestUri: string;
  verb: string;
  user: Identity | undefined;
  impersonatedUser: Identity | undefined;
  impersonationConstraint: string | undefined;
  sourceIPs: readonly string[];
  userAgent: string;
  objectRef: ObjectReference | undefined;
  responseStatus: Partial<Status> | undefined;
  requestObject: string | undefined;
  responseObject: string | undefined;
  receivedMilliseconds: number;
  stageMilliseconds: number;
  annotations: ReadonlyMap<string, string>;
}

/** An event on its way to those that keep it. */
export class AuditEvent {
  readonly parts: Readonly<AuditEventParts>;
  #text: string | undefined;

  constructor(parts: AuditEventParts) {
    this.parts = parts;
  }

  /** The event as one line of JSON. */
  get text(): string {
    this.#text ??= eventText(this.parts);
    return this.#text;
  }

  /** The event without its objects, for those that take none so large. */
  truncated(): AuditEvent {
    const annotations = new Map(this.parts.annotations).set("audit.k8s.io/truncated", "true");
    return new AuditEvent({ ...this.parts, requestObject: undefined, responseObject: undefined, annotations });
  }

  /** The form of one line without objects that came before JSON. */
  get legacyText(): string {
    const { auditId, stage, verb, user, impersonatedUser, objectRef, requestUri, responseStatus, sourceIPs } = this.parts;
    const quoted = (value: string | undefined, otherwise: string) => JSON.stringify(value || otherwise);
    const groups = (identity: Identity | undefined, otherwise: string) =>
      identity && identity.groups.length > 0 ? identity.groups.map((group) => JSON.stringify(group)).join(",") : JSON.stringify(otherwise);
    const response = responseStatus?.code === undefined ? "<deferred>" : String(responseStatus.code);
    const time = formatMicroTime(this.parts.stageMilliseconds);
    return (
      `${time} AUDIT: id=${JSON.stringify(auditId)} stage=${JSON.stringify(stage)} ip=${quoted(sourceIPs[0], "<unknown>")} method=${JSON.stringify(verb)} ` +
      `user=${quoted(user?.name, "<none>")} groups=${groups(user, "<none>")} as=${quoted(impersonatedUser?.name, "<self>")} ` +
      `asgroups=${groups(impersonatedUser, "<lookup>")} user-agent=${JSON.stringify(this.parts.userAgent)} ` +
      `namespace=${quoted(objectRef?.namespace, "<none>")} uri=${JSON.stringify(requestUri)} response=${JSON.stringify(response)}`
    );
  }
}

function eventText(parts: AuditEventParts): string {
  const { user, impersonatedUser, impersonationConstraint: constraint, objectRef } = parts;
  let text = `{"kind":"Event","apiVersion":"audit.k8s.io/v1"`;
  const add = (name: string, json: string) => {
    text += `,"${name}":${json}`;
  };
  add("level", json(parts.level));
  add("auditID", json(parts.auditId));
  add("stage", json(parts.stage));
  add("requestURI", json(parts.requestUri));
  add("verb", json(parts.verb));
  add("user", user ? userJson(user) : "{}");
  if (impersonatedUser) add("impersonatedUser", userJson(impersonatedUser));
  if (constraint) add("authenticationMetadata", json({ impersonationConstraint: constraint }));
  if (parts.sourceIPs.length > 0) add("sourceIPs", json(parts.sourceIPs));
  if (parts.userAgent !== "") add("userAgent", json(parts.userAgent));
  if (objectRef)
    add(
      "objectRef",
      json(objectRef, (_name, value) => (value === "" ? undefined : value)),
    );
  if (parts.responseStatus) add("responseStatus", json(parts.responseStatus));
  if (parts.requestObject !== undefined) add("requestObject", asGoEscapes(parts.requestObject));
  if (parts.responseObject !== undefined) add("responseObject", asGoEscapes(parts.responseObject));
  add("requestReceivedTimestamp", json(formatMicroTime(parts.receivedMilliseconds)));
  add("stageTimestamp", json(formatMicroTime(parts.stageMilliseconds)));
  if (parts.annotations.size > 0) add("annotations", json(Object.fromEntries([...parts.annotations].sort(byKey))));
  return `${text}}`;
}

const byKey = ([a]: [string, string], [b]: [string, string]) => (a < b ? -1 : 1);

function userJson({ name, uid, groups, extra }: Identity): string {
  const sorted = extra && Object.fromEntries(Object.entries(extra).sort(([a], [b]) => (a < b ? -1 : 1)));
  return json({
    ...(name ? { username: name } : {}),
    ...(uid ? { uid } : {}),
    ...(groups.length > 0 ? { groups } : {}),
    ...(sorted && Object.keys(sorted).length > 0 ? { extra: sorted } : {}),
  });
}

function json(value: unknown, replacer?: (name: string, value: unknown) => unknown): string {
  return asGoEscapes(JSON.stringify(value, replacer));
}

const escapes: Readonly<Record<string, string>> = {
  "<": "\\u003c",
  ">": "\\u003e",
  "&": "\\u0026",
  "\u2028": "\\u2028",
  "\u2029": "\\u2029",
};

/** JSON as Go prints it, which may stand in a web page. These characters occur in texts only. */
function asGoEscapes(text: string): string {
  return /[<>&\u2028\u2029]/.test(text) ? text.replace(/[<>&\u2028\u2029]/g, (character) => escapes[character] as string) : text;
}
