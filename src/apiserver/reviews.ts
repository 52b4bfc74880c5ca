import type { TokenReview, UserInfo } from "../api/authentication/v1.ts";
import { validateAccessSpec } from "../api/authorization/review-validation.ts";
import type { SubjectAccessReviewSpec, SubjectAccessReviewStatus } from "../api/authorization/v1.ts";
import { timestamp } from "../machinery/clock.ts";
import { badRequest, field, invalid, type StatusError } from "../machinery/errors.ts";
import type { AnyObject } from "../machinery/object.ts";
import { TokenError } from "./authentication/token-authenticator.ts";
import { type AuthorizationAttributes, resourceAttributes as resourceAttributesOf } from "./authorization/authorizer.ts";
import { RequestSelectors } from "./authorization/request-selectors.ts";
import type { Call, ServerContext } from "./context.ts";
import { decodeBody } from "./decode.ts";
import { trackFields } from "./field-manager.ts";
import { clearSystemMetadata, dropDuplicateOwners, matchNamespace } from "./prepare.ts";
import { inDeclaredOrder } from "./refused-text.ts";
import type { ApiResponse, Identity } from "./request.ts";
import { answerMade, goTypeOf } from "./respond.ts";
import { admitCreate } from "./subresources/admit-create.ts";

/** Kinds that are a question: a create answers it and stores nothing. By qualified resource name. */
export const reviews: Readonly<Record<string, (server: ServerContext, call: Call) => Promise<ApiResponse>>> = {
  "tokenreviews.authentication.k8s.io": reviewToken,
  "selfsubjectreviews.authentication.k8s.io": reviewSelf,
  "subjectaccessreviews.authorization.k8s.io": (server, call) => reviewAccess(server, call, false),
  "localsubjectaccessreviews.authorization.k8s.io": (server, call) => reviewAccess(server, call, false),
  "selfsubjectaccessreviews.authorization.k8s.io": (server, call) => reviewAccess(server, call, true),
  "selfsubjectrulesreviews.authorization.k8s.io": reviewRules,
};

function userInfo(identity: Identity): UserInfo {
  return {
    ...(identity.name === "" ? {} : { username: identity.name }),
    ...(identity.uid ? { uid: identity.uid } : {}),
    groups: [...identity.groups],
    ...(identity.extra ? { extra: identity.extra as Record<string, string[]> } : {}),
  };
}

/** A review shows who asked for its fields, although it isn't stored. */
async function decodeReview(server: ServerContext, call: Call): Promise<AnyObject> {
  const { object, managedFields, hasEmpty } = decodeBody(server, call);
  clearSystemMetadata(object);
  dropDuplicateOwners(call, object, false);
  if (hasEmpty) server.types.of(call.resource.definition.type).emptyValues?.(object)?.drop(false);
  const tracked = await trackFields(server, call, object, undefined, managedFields);
  if (tracked !== undefined) object.metadata.managedFields = JSON.parse(tracked);
  return object;
}

async function reviewToken(server: ServerContext, call: Call): Promise<ApiResponse> {
  const object = await decodeReview(server, call);
  const review = object as unknown as TokenReview;
  review.status = { user: {} };
  await admitCreate(server, call, object);
  const token = review.spec?.token ?? "";
  if (token === "") throw badRequest("token is required for TokenReview in authentication");
  const audiences = review.spec.audiences?.length ? review.spec.audiences : server.audiences;
  try {
    const owner = await server.authenticators.review(token, audiences);
    review.status = { authenticated: true, user: userInfo(owner.identity), audiences: [...owner.audiences] };
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    review.status = { user: {}, error: error.message };
  }
  return answerMade(server, call, 201, object, goTypeOf(call.resource));
}

async function reviewSelf(server: ServerContext, call: Call): Promise<ApiResponse> {
  const object = await decodeReview(server, call);
  await admitCreate(server, call, object);
  object.metadata = { creationTimestamp: timestamp(server.clock) };
  object.status = { userInfo: userInfo(call.user) };
  return answerMade(server, call, 201, object, goTypeOf(call.resource));
}

async function reviewAccess(server: ServerContext, call: Call, self: boolean): Promise<ApiResponse> {
  const object = await decodeReview(server, call);
  matchNamespace(object, call);
  object.status = { allowed: false };
  await admitCreate(server, call, object);
  const spec = (object.spec ?? {}) as SubjectAccessReviewSpec;
  checkAccessSpec(server, call, object, spec, self);
  const user: Identity = self
    ? call.user
    : {
        name: spec.user ?? "",
        groups: spec.groups ?? [],
        ...(spec.uid ? { uid: spec.uid } : {}),
        ...(spec.extra ? { extra: spec.extra } : {}),
      };
  const attributes = attributesOf(spec);
  const { effect, reason, error } = await server.authorizer.decide(user, attributes);
  const errors = [error, attributes.selectors?.evaluationError].filter((text) => text);
  const status: SubjectAccessReviewStatus = {
    allowed: effect === "allow",
    ...(effect === "deny" ? { denied: true } : {}),
    ...(reason ? { reason } : {}),
    ...(errors.length > 0 ? { evaluationError: errors.join("; ") } : {}),
  };
  object.status = status;
  return answerMade(server, call, 201, object, goTypeOf(call.resource));
}

function checkAccessSpec(server: ServerContext, call: Call, object: AnyObject, spec: SubjectAccessReviewSpec, self: boolean): void {
  const errors = validateAccessSpec(spec, self);
  const local = call.resource.definition.namespaced;
  const { namespace, managedFields: _managedFields, ...metadata } = object.metadata;
  const given = Object.values(metadata).some((value) => (typeof value === "object" && value ? Object.keys(value).length > 0 : value));
  if (given || (!local && namespace)) {
    const shown = inDeclaredOrder(server.types.schema.type("machinery/meta/v1#ObjectMeta"), object.metadata as Record<string, unknown>);
    errors.push(field.invalid("metadata", shown, local ? "must be empty except for namespace" : "must be empty"));
  }
  const { resourceAttributes: resource, nonResourceAttributes: other } = spec;
  if (local && resource && (resource.namespace ?? "") !== call.namespace) {
    errors.push(field.invalid("spec.resourceAttributes.namespace", resource.namespace ?? "", "must match metadata.namespace"));
  }
  if (local && other) {
    const shown = { Path: other.path ?? "", Verb: other.verb ?? "" };
    errors.push(field.invalid("spec.nonResourceAttributes", shown, "disallowed on this kind of request"));
  }
  if (errors.length > 0) throw unnamedKind(invalid({ group: call.resource.definition.group, kind: "" }, "", errors));
}

/** Upstream leaves the kind out of these errors. */
function unnamedKind(error: StatusError): StatusError {
  if (error.status.details) delete error.status.details.kind;
  return error;
}

function attributesOf(spec: SubjectAccessReviewSpec): AuthorizationAttributes {
  const { resourceAttributes, nonResourceAttributes } = spec;
  if (!resourceAttributes) return { ...resourceAttributesOf({}), isResourceRequest: false, verb: "", path: "", ...nonResourceAttributes };
  const { fieldSelector, labelSelector, version, ...known } = resourceAttributes;
  const selectors = fieldSelector || labelSelector ? new RequestSelectors(fieldSelector, labelSelector) : undefined;
  return resourceAttributesOf({ ...known, version: version || "*", ...(selectors ? { selectors } : {}) });
}

async function reviewRules(server: ServerContext, call: Call): Promise<ApiResponse> {
  const object = await decodeReview(server, call);
  await admitCreate(server, call, object);
  const { namespace = "" } = (object.spec ?? {}) as { namespace?: string };
  if (namespace === "") throw badRequest("no namespace on request");
  const { rules, incomplete = false, error } = server.authorizer.rulesFor(call.user, namespace);
  // Upstream answers with an object of its own.
  object.metadata = {};
  object.spec = {};
  object.status = {
    resourceRules: rules
      .filter(({ resources }) => resources?.length)
      .map(({ verbs, apiGroups, resources, resourceNames }) => ({
        verbs,
        apiGroups,
        resources,
        ...(resourceNames ? { resourceNames } : {}),
      })),
    nonResourceRules: rules
      .filter(({ nonResourceURLs }) => nonResourceURLs?.length)
      .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
    incomplete,
    ...(error === undefined ? {} : { evaluationError: error }),
  };
  return answerMade(server, call, 201, object, goTypeOf(call.resource));
}
