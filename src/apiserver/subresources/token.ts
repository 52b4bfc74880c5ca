import type { TokenRequest } from "../../api/authentication/v1.ts";
import { formatTime } from "../../machinery/clock.ts";
import { conflict, type FieldError, field, invalid, notFound, StatusError } from "../../machinery/errors.ts";
import type { AnyObject } from "../../machinery/object.ts";
import { uuid } from "../../machinery/random.ts";
import { parseApiVersion } from "../../machinery/resource-ref.ts";
import type { Entry } from "../../storage/store.ts";
import { serviceAccountUser, type TokenClaims } from "../authentication/service-account-tokens.ts";
import type { Call, ServerContext } from "../context.ts";
import { decodeKind } from "../decode.ts";
import { matchNamespace } from "../prepare.ts";
import type { ApiResponse } from "../request.ts";
import { answerMade } from "../respond.ts";
import { admitCreate } from "./admit-create.ts";

const tokenRequestKind = {
  group: "authentication.k8s.io",
  version: "v1",
  kind: "TokenRequest",
  type: "api/authentication/v1#TokenRequest",
};
const accounts = { group: "", resource: "serviceaccounts" };

const defaultExpirationSeconds = 3600;
/** What admission asks for in pods: clients of old may not read such a token anew, so it holds for longer. */
const injectedExpirationSeconds = 3607;
const extendedExpirationSeconds = 365 * 24 * 3600;
const minExpirationSeconds = 600;
const maxExpirationSeconds = 2 ** 32;

/** The uid of the account that a token is asked for. Throws where the request is for another one, or there is none. */
function uidOfAccount(server: ServerContext, call: Call, name: string | undefined, askedUid: string | undefined): string {
  if (name && name !== call.name) {
    throw invalid(tokenRequestKind, call.name, [field.invalid("metadata.name", name, "must match the service account name if specified")]);
  }
  const account = server.objects.get("serviceaccounts", call.namespace, call.name);
  if (!account) throw notFound(accounts, call.name);
  const uid = account.value.metadata.uid ?? "";
  if (askedUid && askedUid !== uid) {
    const why = `the UID in the token request (${askedUid}) does not match the UID of the service account (${uid})`;
    throw conflict({ group: tokenRequestKind.group, resource: tokenRequestKind.kind }, call.name, why);
  }
  return uid;
}

/** POST to a service account's `token`: signs a token for it. */
export async function createToken(server: ServerContext, call: Call): Promise<ApiResponse> {
  const request = decodeKind(server, call, tokenRequestKind) as unknown as TokenRequest;
  matchNamespace(request as unknown as AnyObject, call);
  const { options } = server;
  const { uid: askedUid } = request.metadata;
  let uid = "";
  // Owned is what was asked for, and not what is filled in.
  request.spec = { ...request.spec, expirationSeconds: request.spec?.expirationSeconds ?? defaultExpirationSeconds };
  const managed = await admitCreate(server, call, request as unknown as AnyObject, {
    fill: () => fillDefaults(server, request),
    complete: () => {
      uid = uidOfAccount(server, call, request.metadata.name, askedUid);
      if (!request.spec?.audiences?.length) request.spec = { ...request.spec, audiences: [...server.audiences] };
    },
  });
  const spec = request.spec ?? {};
  let seconds = spec.expirationSeconds ?? defaultExpirationSeconds;
  checkExpiration(seconds);
  const audiences = spec.audiences ?? [];
  const bound = boundClaims(server, call, spec.boundObjectRef);
  const most = options.maxTokenExpirationSeconds;
  if (most !== undefined && seconds > most) {
    call.warnings.push(`requested expiration of ${seconds} seconds shortened to ${most} seconds`);
    seconds = most;
  }
  const now = Math.floor(server.clock.now() / 1000);
  const isExtended =
    options.extendTokenExpiration &&
    bound.pod !== undefined &&
    seconds === injectedExpirationSeconds &&
    audiences.every((audience) => server.audiences.includes(audience));
  const claims: TokenClaims = {
    aud: audiences,
    exp: now + (isExtended ? Math.min(extendedExpirationSeconds, most ?? Number.POSITIVE_INFINITY) : seconds),
    iat: now,
    iss: options.issuer,
    jti: uuid(server.random),
    "kubernetes.io": {
      namespace: call.namespace,
      serviceaccount: { name: call.name, uid },
      ...bound,
      ...(isExtended ? { warnafter: now + seconds } : {}),
    },
    nbf: now,
    sub: serviceAccountUser(call.namespace, call.name),
  };
  call.request.annotations?.add("authentication.kubernetes.io/issued-credential-id", `JTI=${claims.jti}`);
  const token = await server.platform.signToken(claims as unknown as Record<string, unknown>);
  const made = {
    kind: "TokenRequest",
    apiVersion: "authentication.k8s.io/v1",
    metadata: {
      ...request.metadata,
      name: call.name,
      namespace: call.namespace,
      uid,
      creationTimestamp: formatTime(server.clock.now()),
      ...(managed === undefined ? {} : { managedFields: JSON.parse(managed) }),
    },
    spec: {
      audiences,
      expirationSeconds: seconds,
      ...(spec.boundObjectRef ? { boundObjectRef: spec.boundObjectRef } : { boundObjectRef: null }),
    },
    status: { token, expirationTimestamp: formatTime((now + seconds) * 1000) },
  };
  return answerMade(server, call, 201, made, "authentication.TokenRequest");
}

/** Admission sees what the request comes to. */
function fillDefaults(server: ServerContext, request: TokenRequest): void {
  const { metadata, spec = {} } = request as { metadata: TokenRequest["metadata"]; spec?: NonNullable<TokenRequest["spec"]> };
  metadata.creationTimestamp = formatTime(server.clock.now());
  metadata.uid = uuid(server.random);
  request.spec = {
    boundObjectRef: null as never,
    ...spec,
  };
  request.status = { token: "", expirationTimestamp: null as never };
}

function checkExpiration(seconds: number): void {
  const errors: FieldError[] = [];
  if (seconds < minExpirationSeconds)
    errors.push(field.invalid("spec.expirationSeconds", seconds, "may not specify a duration less than 10 minutes"));
  if (seconds > maxExpirationSeconds)
    errors.push(field.invalid("spec.expirationSeconds", seconds, "may not specify a duration larger than 2^32 seconds"));
  if (errors.length > 0) throw invalid({ group: "authentication.k8s.io", kind: "TokenRequest" }, "", errors);
}

type Bound = Pick<TokenClaims["kubernetes.io"], "pod" | "secret" | "node">;

/** What the token is bound to: it dies with it. */
function boundClaims(server: ServerContext, call: Call, reference: NonNullable<TokenRequest["spec"]>["boundObjectRef"]): Bound {
  if (!reference) return {};
  const { kind, name = "", uid, apiVersion } = reference;
  const resource = kind === "Pod" ? "pods" : kind === "Secret" ? "secrets" : kind === "Node" ? "nodes" : undefined;
  if (resource === undefined || parseApiVersion(apiVersion ?? "").group !== "") {
    throw new StatusError(400, "BadRequest", `cannot bind token to object of type ${goVersionKind(apiVersion, kind)}`);
  }
  const entry = server.objects.get(resource, resource === "nodes" ? "" : call.namespace, name);
  if (!entry) throw notFound({ group: "", resource }, name);
  const actual = entry.value.metadata.uid ?? "";
  const claims = kind === "Pod" ? podNode(server, entry, call) : {};
  if (uid && uid !== actual) {
    throw conflict(
      { group: "", resource: kind as string },
      name,
      `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  }
  if (kind === "Secret") return { secret: { name, uid: actual } };
  if (kind === "Node") return { node: { name, uid: actual } };
  return { ...claims, pod: { name, uid: actual } };
}

/** A kind in its version, as Go prints it: `/v1, Kind=ConfigMap`. */
function goVersionKind(apiVersion = "", kind = ""): string {
  const { group, version } = parseApiVersion(apiVersion);
  return `${group}/${version}, Kind=${kind}`;
}

function podNode(server: ServerContext, pod: Entry, call: Call): Bound {
  const { nodeName, serviceAccountName } = (pod.value.spec ?? {}) as { nodeName?: string; serviceAccountName?: string };
  if (serviceAccountName !== call.name) {
    throw new StatusError(
      400,
      "BadRequest",
      `cannot bind token for serviceaccount ${JSON.stringify(call.name)} to pod running with different serviceaccount name.`,
    );
  }
  if (!nodeName) return {};
  const uid = server.objects.get("nodes", "", nodeName)?.value.metadata.uid;
  return { node: { name: nodeName, ...(uid ? { uid } : {}) } };
}
