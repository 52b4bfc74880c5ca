import { type FieldPath, field } from "../../machinery/errors.ts";
import { isDNS1123Label, isDNS1123Subdomain, utf8Length } from "../../machinery/validation/names.ts";
import type { Errors } from "../validation.ts";

const maxDomainLength = 253;
const maxLength = maxDomainLength + 1 + (253 + 63 + 1);

/** `example.com/signer`: a domain of two labels or more, and a name. */
export function validateSignerName(errors: Errors, name: string, path: FieldPath): void {
  if (name === "") {
    errors.push(field.required(path));
    return;
  }
  const [domain = "", rest = "", ...others] = name.split("/");
  if (!name.includes("/") || others.length > 0) {
    errors.push(field.invalid(path, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'"));
    return;
  }
  if (utf8Length(domain) > maxDomainLength) errors.push(field.tooLong(path, maxDomainLength));
  const labels = domain.split(".");
  complainOfFirst(errors, path, domain, labels, isDNS1123Label);
  if (labels.length < 2) errors.push(field.invalid(path, domain, "should be a domain with at least two segments separated by dots"));
  complainOfFirst(errors, path, rest, rest.split("."), isDNS1123Subdomain);
  if (utf8Length(name) > maxLength) errors.push(field.tooLong(path, maxLength));
}

function complainOfFirst(
  errors: Errors,
  path: FieldPath,
  value: string,
  labels: readonly string[],
  rule: (label: string) => readonly string[],
): void {
  const wrong = labels.find((label) => rule(label).length > 0);
  if (wrong === undefined) return;
  for (const text of rule(wrong)) errors.push(field.invalid(path, value, `validating label ${JSON.stringify(wrong)}: ${text}`));
}
