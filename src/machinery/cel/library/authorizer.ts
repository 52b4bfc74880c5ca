import { isDNS1123Label, isDNS1123Subdomain } from "../../validation/names.ts";
import { structType, type Type } from "../check/types.ts";
import { noOverload } from "../values/compare.ts";
import { Failure, ObjectValue, type Value } from "../values/value.ts";

const named = (name: string) => structType(`kubernetes.authorization.${name}`);
export const authorizerType = named("Authorizer");
const pathCheckType = named("PathCheck");
const groupCheckType = named("GroupCheck");
export const resourceCheckType = named("ResourceCheck");
const decisionType = named("Decision");

/** What an expression asks about. Selectors are texts, which may not be readable. */
export type AuthorizerQuery = { verb: string; serviceAccount?: { namespace: string; name: string } } & (
  | { path: string }
  | {
      group: string;
      resource: string;
      subresource: string;
      namespace: string;
      name: string;
      fieldSelector: string;
      labelSelector: string;
    }
);

export interface AuthorizerAnswer {
  allowed: boolean;
  reason: string;
  /** Why it could not be found out. */
  error?: string;
}

/** Answers for the user of the request, or for the service account that is asked about. */
export type Authorize = (query: AuthorizerQuery) => AuthorizerAnswer;

abstract class Receiver extends ObjectValue {
  /** Upstream never finds two of them equal. */
  equals(_other: Value): Value {
    return noOverload;
  }
}

export class AuthorizerValue extends Receiver {
  readonly type: Type = authorizerType;
  readonly authorize: Authorize;
  constructor(authorize: Authorize) {
    super();
    this.authorize = authorize;
  }
}

class PathCheck extends Receiver {
  readonly type = pathCheckType;
  readonly authorize: Authorize;
  readonly path: string;
  constructor(authorize: Authorize, path: string) {
    super();
    this.authorize = authorize;
    this.path = path;
  }
}

class GroupCheck extends Receiver {
  readonly type = groupCheckType;
  readonly authorize: Authorize;
  readonly group: string;
  constructor(authorize: Authorize, group: string) {
    super();
    this.authorize = authorize;
    this.group = group;
  }
}

export interface ResourceAttributes {
  group: string;
  resource: string;
  subresource: string;
  namespace: string;
  name: string;
  fieldSelector: string;
  labelSelector: string;
}

export class ResourceCheck extends Receiver {
  readonly type = resourceCheckType;
  readonly authorize: Authorize;
  readonly attributes: ResourceAttributes;
  constructor(authorize: Authorize, attributes: ResourceAttributes) {
    super();
    this.authorize = authorize;
    this.attributes = attributes;
  }
  with(attributes: Partial<ResourceAttributes>): ResourceCheck {
    return new ResourceCheck(this.authorize, { ...this.attributes, ...attributes });
  }
}

class Decision extends Receiver {
  readonly type = decisionType;
  readonly answer: AuthorizerAnswer;
  constructor(answer: AuthorizerAnswer) {
    super();
    this.answer = answer;
  }
}

const none = { subresource: "", namespace: "", name: "", fieldSelector: "", labelSelector: "" };

export const authorizerFunctions: Readonly<Record<string, (...args: never[]) => Value>> = {
  authorizer_path: ({ authorize }: AuthorizerValue, path: string) =>
    path.trim() === "" ? new Failure("path must not be empty") : new PathCheck(authorize, path),
  authorizer_group: ({ authorize }: AuthorizerValue, group: string) => new GroupCheck(authorize, group),
  authorizer_serviceaccount: ({ authorize }: AuthorizerValue, namespace: string, name: string) => {
    if (isDNS1123Subdomain(name).length > 0) return new Failure("Invalid service account name");
    if (isDNS1123Label(namespace).length > 0) return new Failure("Invalid service account namespace");
    return new AuthorizerValue((query) => authorize({ ...query, serviceAccount: { namespace, name } }));
  },
  groupcheck_resource: ({ authorize, group }: GroupCheck, resource: string) =>
    resource.trim() === "" ? new Failure("resource must not be empty") : new ResourceCheck(authorize, { ...none, group, resource }),
  resourcecheck_subresource: (check: ResourceCheck, subresource: string) => check.with({ subresource }),
  resourcecheck_namespace: (check: ResourceCheck, namespace: string) => check.with({ namespace }),
  resourcecheck_name: (check: ResourceCheck, name: string) => check.with({ name }),
  authorizer_fieldselector: (check: ResourceCheck, fieldSelector: string) => check.with({ fieldSelector }),
  authorizer_labelselector: (check: ResourceCheck, labelSelector: string) => check.with({ labelSelector }),
  pathcheck_check: ({ authorize, path }: PathCheck, verb: string) => new Decision(authorize({ verb, path })),
  resourcecheck_check: ({ authorize, attributes }: ResourceCheck, verb: string) => new Decision(authorize({ verb, ...attributes })),
  decision_allowed: ({ answer }: Decision) => answer.allowed,
  decision_reason: ({ answer }: Decision) => answer.reason,
  decision_errored: ({ answer }: Decision) => answer.error !== undefined,
  decision_error: ({ answer }: Decision) => answer.error ?? "",
};
