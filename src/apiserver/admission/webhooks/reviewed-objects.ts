import type { AnyObject } from "../../../machinery/object.ts";
import type { AdmissionAttributes } from "../../admit.ts";
import type { ServedResource } from "../../catalog.ts";
import { between, betweenOutside } from "../../conversion.ts";
import type { ReviewedObjects } from "./review.ts";

/** The objects of a request in the version of `resource`, which is the request's own or another of the same objects. */
export function reviewedObjects(attributes: AdmissionAttributes, resource: ServedResource): ReviewedObjects {
  const { object, old } = attributes;
  return {
    resource,
    object: object && convert(object, attributes, resource),
    old: old && convert(old as AnyObject, attributes, resource),
  };
}

/** The same where a webhook may have to convert them. */
export async function convertedObjects(attributes: AdmissionAttributes, resource: ServedResource): Promise<ReviewedObjects> {
  const { resource: own, object, old } = attributes;
  if (own === resource || !own.converter?.outside) return reviewedObjects(attributes, resource);
  const convert = async (one: AnyObject | undefined) =>
    one?.kind === own.definition.kind ? await betweenOutside(one, own, resource) : one;
  return { resource, object: await convert(object), old: await convert(old as AnyObject | undefined) };
}

/** Objects of subresources with a kind of their own are the same in all versions. */
function convert(object: AnyObject, { resource: own }: AdmissionAttributes, other: ServedResource): AnyObject {
  if (own === other || object.kind !== own.definition.kind) return object;
  return between(object, own, other);
}
