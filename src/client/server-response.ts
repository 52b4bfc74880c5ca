import { StatusError } from "../machinery/errors.ts";
import type { Status } from "../machinery/meta/v1.ts";
import { groupResource, type ResourceRef } from "../machinery/resource-ref.ts";

/** The error that an answer other than 2xx tells: its `Status` body, or one made from the code as client-go does. */
export function errorOfResponse(code: number, body: string, retryAfterSeconds: number, of?: ErrorContext): StatusError {
  const status = parseStatus(body);
  if (status) {
    const error = StatusError.from({ ...status, code: status.code ?? code });
    if (retryAfterSeconds > 0 && error.status.details?.retryAfterSeconds === undefined) {
      error.status.details = { ...error.status.details, retryAfterSeconds };
    }
    return error;
  }
  const known = answers[code];
  const text = body.trim().slice(0, 2048);
  const unexpected = `an error on the server (${JSON.stringify(text === "" ? "unknown" : text)}) has prevented the request from succeeding`;
  let message =
    known?.[1] ?? (code >= 500 ? unexpected : `the server responded with the status code ${code} but did not return more information`);
  if (of) message += ` (${[of.method.toLowerCase(), groupResource(of.ref), of.name].filter(Boolean).join(" ")})`;
  return new StatusError(code, known?.[0] ?? (code >= 500 ? "InternalError" : "Unknown"), message, {
    ...(of?.name ? { name: of.name } : {}),
    ...(of?.ref.group ? { group: of.ref.group } : {}),
    ...(of ? { kind: of.ref.resource } : {}),
    ...(text ? { causes: [{ reason: "UnexpectedServerResponse", message: text }] } : {}),
    ...(retryAfterSeconds > 0 ? { retryAfterSeconds } : {}),
  });
}

export interface ErrorContext {
  method: string;
  ref: ResourceRef;
  name?: string;
}

/** Reason and text by code, where upstream's client has one of its own. */
const answers: Readonly<Record<number, readonly [string, string]>> = {
  400: ["BadRequest", "the server rejected our request for an unknown reason"],
  401: ["Unauthorized", "the server has asked for the client to provide credentials"],
  403: ["Forbidden", "the server refused this request"],
  404: ["NotFound", "the server could not find the requested resource"],
  405: ["MethodNotAllowed", "the server does not allow this method on the requested resource"],
  406: ["NotAcceptable", "the server was unable to respond with a content type that the client supports"],
  409: ["Conflict", "the server reported a conflict"],
  410: ["Gone", "the server could not find the requested resource"],
  413: ["RequestEntityTooLarge", "the request entity is too large"],
  415: ["UnsupportedMediaType", "the server was unable to process the body of the request"],
  422: ["Invalid", "the server rejected our request due to an error in our request"],
  429: ["TooManyRequests", "the server has received too many requests and has asked us to try again later"],
  503: ["ServiceUnavailable", "the server is currently unable to handle the request"],
  504: ["Timeout", "the server was unable to return a response in the time allotted, but may still be processing the request"],
};

function parseStatus(body: string): Status | undefined {
  if (!body.startsWith("{")) return undefined;
  try {
    const value = JSON.parse(body) as Status;
    return value.kind === "Status" && value.message !== undefined ? value : undefined;
  } catch {
    return undefined;
  }
}
