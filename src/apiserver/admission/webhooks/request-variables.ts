import type { Variables } from "../../../machinery/cel/evaluate/frame.ts";
import { AuthorizerValue, ResourceCheck } from "../../../machinery/cel/library/authorizer.ts";
import { fromJSON } from "../../../machinery/cel/schema/json-values.ts";
import type { Value } from "../../../machinery/cel/values/value.ts";
import type { AnyObject } from "../../../machinery/object.ts";
import type { AdmissionAttributes } from "../../admit.ts";
import { withManagedFields } from "../../respond.ts";
import type { ExpressionAuthorizer } from "./expression-authorizer.ts";
import { type ReviewedObjects, requestOf } from "./review.ts";

/** What only the expressions of policies are told. */
export interface PolicyContext {
  /** The namespace of the request. */
  namespace?: Readonly<AnyObject> | undefined;
  params?: Readonly<AnyObject> | undefined;
}

/** Most expressions look at one or two of the variables: each is made when it is first asked for. */
export function requestVariables(
  attributes: AdmissionAttributes,
  reviewed: ReviewedObjects,
  authorizer: ExpressionAuthorizer,
  { namespace, params }: PolicyContext = {},
): Variables {
  const made = new Map<string, Value | undefined>();
  const shown = (object: Readonly<AnyObject> | undefined, managed: string | undefined) =>
    object ? fromJSON(withManagedFields(object as AnyObject, managed)) : null;
  const make = (name: string): Value | undefined => {
    switch (name) {
      case "object":
        return shown(reviewed.object, attributes.managed?.text);
      case "oldObject":
        return shown(reviewed.old, attributes.oldManaged);
      case "namespaceObject":
        return fromJSON(namespace);
      case "params":
        return fromJSON(params);
      case "request":
        return fromJSON(requestOf(attributes, reviewed.resource));
      case "authorizer":
        return new AuthorizerValue(authorizer.authorizeFor(attributes.user));
      case "authorizer.requestResource": {
        const { resource, subresource, namespace, name: object } = attributes;
        const { group, resource: plural } = resource.definition;
        const selectors = { fieldSelector: "", labelSelector: "" };
        const asked = { group, resource: plural, subresource, namespace, name: object, ...selectors };
        return new ResourceCheck(authorizer.authorizeFor(attributes.user), asked);
      }
      default:
        return undefined;
    }
  };
  return (name: string) => {
    if (!made.has(name)) made.set(name, make(name));
    return made.get(name);
  };
}
