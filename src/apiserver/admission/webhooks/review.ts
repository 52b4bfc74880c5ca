import type { Status } from "../../../machinery/meta/v1.ts";
import type { AnyObject } from "../../../machinery/object.ts";
import { jsonName } from "../../../machinery/schema/decode.ts";
import type { AdmissionAttributes } from "../../admit.ts";
import type { ServedResource } from "../../catalog.ts";
import { withManagedFields } from "../../respond.ts";
import { checkReviewKind, DecodeFailure, requireReviewKind } from "../../webhook-answer.ts";
import { namespaceOfRequest } from "./match.ts";

const group = "admission.k8s.io";

export interface GroupVersionKind {
  group: string;
  version: string;
  kind: string;
}

/** The kind of the objects of a resource, or of a subresource that has a kind of its own. */
export function kindOf({ definition }: ServedResource, subresource: string): GroupVersionKind {
  const { group, version, kind, subresources } = definition;
  const sub = subresource === "" ? undefined : subresources?.[subresource];
  if (!sub) return { group, version, kind };
  return { group: sub.group ?? group, version: sub.version ?? version, kind: sub.kind };
}

/** The objects of a request as a webhook sees them, in the version that it asked for. */
export interface ReviewedObjects {
  resource: ServedResource;
  object: AnyObject | undefined;
  old: Readonly<AnyObject> | undefined;
}

/** The body of a call to a webhook. */
export function reviewOf(attributes: AdmissionAttributes, objects: ReviewedObjects, version: string, uid: string): object {
  return {
    kind: "AdmissionReview",
    apiVersion: `${group}/${version}`,
    request: {
      uid,
      ...requestOf(attributes, objects.resource),
      object: objects.object ? withManagedFields(objects.object, attributes.managed?.text) : null,
      oldObject: objects.old ? withManagedFields(objects.old as AnyObject, attributes.oldManaged) : null,
    },
  };
}

/** What webhooks and expressions are told of a request beside the objects. */
export function requestOf(attributes: AdmissionAttributes, resource: ServedResource): object {
  const { subresource, user, operation, dryRun, isOneOfCollection, name } = attributes;
  const namespace = namespaceOfRequest(attributes);
  return {
    kind: kindOf(resource, subresource),
    resource: resourceOf(resource),
    ...(subresource ? { subResource: subresource } : {}),
    requestKind: kindOf(attributes.resource, subresource),
    requestResource: resourceOf(attributes.resource),
    ...(subresource ? { requestSubResource: subresource } : {}),
    ...(name && !isOneOfCollection ? { name } : {}),
    ...(namespace ? { namespace } : {}),
    operation,
    userInfo: {
      username: user.name,
      ...(user.uid ? { uid: user.uid } : {}),
      groups: user.groups,
      ...(user.extra ? { extra: user.extra } : {}),
    },
    dryRun,
    options: attributes.options?.() ?? null,
  };
}

function resourceOf({ definition: { group, version, resource } }: ServedResource) {
  return { group, version, resource };
}

/** What a webhook has decided. */
export interface ReviewAnswer {
  allowed: boolean;
  status: Status | undefined;
  warnings: readonly string[];
  /** The JSON patch as text; undefined: none. */
  patch: string | undefined;
  patchType: string;
  /** What the audit event is to tell, by keys of the webhook's own. */
  auditAnnotations: Readonly<Record<string, string>>;
}

/** Reads a webhook's answer to a review. Throws an `Error` that says what is wrong with it; `DecodeFailure` where it can't be read. */
export function readAnswer(body: Record<string, unknown>, version: string, uid: string, mutating: boolean): ReviewAnswer {
  const wanted = { group, kind: "AdmissionReview", version };
  checkReviewKind(body, wanted);
  const { response } = body;
  if (response === undefined || response === null) throw new Error("webhook response was absent");
  const answer = typed(response);
  if (version === "v1") {
    if (answer.uid !== uid) throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(answer.uid ?? "")}`);
    requireReviewKind(body, wanted);
    checkPatch(answer, mutating);
  }
  const patch = mutating && answer.patch ? decodeBase64(answer.patch) : undefined;
  return {
    allowed: answer.allowed ?? false,
    status: answer.status,
    warnings: answer.warnings ?? [],
    patch,
    patchType: answer.patchType ?? (version === "v1beta1" ? "JSONPatch" : ""),
    auditAnnotations: answer.auditAnnotations ?? {},
  };
}

interface TypedAnswer {
  uid?: string;
  allowed?: boolean;
  status?: Status;
  patch?: string;
  patchType?: string;
  warnings?: string[];
  auditAnnotations?: Record<string, string>;
}

const fieldTypes: Readonly<Record<string, [type: string, check: (value: unknown) => boolean]>> = {
  uid: ["types.UID", (value) => typeof value === "string"],
  allowed: ["bool", (value) => typeof value === "boolean"],
  status: ["v1.Status", (value) => typeof value === "object" && !Array.isArray(value)],
  patch: ["[]uint8", (value) => typeof value === "string"],
  patchType: ["v1.PatchType", (value) => typeof value === "string"],
  warnings: ["[]string", (value) => Array.isArray(value) && value.every((one) => typeof one === "string")],
  auditAnnotations: ["map[string]string", isTextMap],
};

function isTextMap(value: unknown): boolean {
  return typeof value === "object" && !Array.isArray(value) && Object.values(value ?? {}).every((one) => typeof one === "string");
}

function typed(response: unknown): TypedAnswer {
  if (typeof response !== "object" || response === null || Array.isArray(response)) {
    throw new DecodeFailure(
      `json: cannot unmarshal ${jsonName(response)} into Go struct field AdmissionReview.response of type v1.AdmissionResponse`,
    );
  }
  const given = response as Record<string, unknown>;
  for (const [name, [type, isRight]] of Object.entries(fieldTypes)) {
    const value = given[name];
    if (value === undefined || value === null) delete given[name];
    else if (!isRight(value)) {
      const message = `json: cannot unmarshal ${jsonName(value)} into Go struct field AdmissionResponse.response.${name} of type ${type}`;
      throw new DecodeFailure(message);
    }
  }
  return given as TypedAnswer;
}

function checkPatch({ patch, patchType }: TypedAnswer, mutating: boolean): void {
  if (!mutating) {
    if (patch) throw new Error("validating webhook may not return response.patch");
    if (patchType !== undefined) throw new Error("validating webhook may not return response.patchType");
    return;
  }
  if (patch && patchType === undefined) throw new Error("webhook returned response.patch but not response.patchType");
  if (!patch && patchType !== undefined) throw new Error("webhook returned response.patchType but not response.patch");
  if (patchType === "") throw new Error('webhook returned invalid response.patchType of ""');
}

function decodeBase64(patch: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(patch), (character) => character.charCodeAt(0)));
  } catch {
    const at = /[^A-Za-z0-9+/=\r\n]/.exec(patch)?.index ?? patch.length;
    throw new DecodeFailure(`illegal base64 data at input byte ${at}`);
  }
}
