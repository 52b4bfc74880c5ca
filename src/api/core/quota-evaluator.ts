import type { AnyObject } from "../../machinery/object.ts";
import type { QuotaAmounts } from "./quota-amounts.ts";
import type { ScopedResourceSelectorRequirement } from "./v1.ts";

/** What counts the objects of one resource against quotas. */
export interface QuotaEvaluator {
  /** `pods`, `deployments.apps` */
  readonly resource: string;
  /** Whether such a request can use up a quota. */
  handles(operation: string, subresource: string, object: AnyObject, old: Readonly<AnyObject> | undefined): boolean;
  /** The names of those given that it counts. */
  matching(names: readonly string[]): string[];
  /** What an object lacks where these are limited: `must specify cpu for: a`. */
  missing?(names: readonly string[], object: AnyObject): string | undefined;
  /** Whether an object is within a scope; absent: no object is in any. */
  inScope?(scope: ScopedResourceSelectorRequirement, object: AnyObject): boolean;
  /** What one object uses at a time (milliseconds since the epoch). */
  usage(object: AnyObject, now: number): QuotaAmounts;
}
