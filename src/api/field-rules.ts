import { type FieldPath, field } from "../machinery/errors.ts";
import { isDNS1123Subdomain, isHTTPPath, isPathSegmentName } from "../machinery/validation/names.ts";
import { complain, type Errors } from "./validation.ts";

/** A name that is required and goes into a path: kinds and names of references. */
export function requirePathSegment(errors: Errors, value: string | undefined, path: FieldPath): void {
  if (!value) errors.push(field.required(path));
  else complain(errors, path, value, isPathSegmentName(value));
}

/** `acme.io/foo`: a domain, a slash and a path. */
export function requireDomainPrefixedPath(errors: Errors, value: string | undefined, path: FieldPath): void {
  if (!value) {
    errors.push(field.required(path));
    return;
  }
  const slash = value.indexOf("/");
  if (slash <= 0 || slash === value.length - 1) {
    errors.push(field.invalid(path, value, 'must be a domain-prefixed path (such as "acme.io/foo")'));
    return;
  }
  const host = value.slice(0, slash);
  const rest = value.slice(slash + 1);
  complain(errors, path, host, isDNS1123Subdomain(host));
  complain(errors, path, rest, isHTTPPath(rest));
}
