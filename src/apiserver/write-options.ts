import { type FieldError, field, invalid } from "../machinery/errors.ts";
import { utf8Length } from "../machinery/validation/names.ts";
import type { ApiRequest } from "./request.ts";
import type { RequestInfo } from "./route.ts";
import { boolean } from "./verbs/list-options.ts";

const optionKinds: Readonly<Record<string, string>> = {
  create: "CreateOptions",
  update: "UpdateOptions",
  patch: "PatchOptions",
  delete: "DeleteOptions",
  deletecollection: "DeleteOptions",
};

const maxManagerLength = 128;
const validations = ["", "Ignore", "Strict", "Warn"];

/** Checks the options of a write that its query has. Throws the 422 that names all that is wrong. Gives whether it is a dry run. */
export function checkWriteOptions({ query, headers }: ApiRequest, { verb }: RequestInfo): boolean {
  const kind = optionKinds[verb];
  if (kind === undefined || query.size === 0) return false;
  const errors: FieldError[] = [];
  const dryRun = query.getAll("dryRun");
  if (kind !== "DeleteOptions") {
    if (kind === "PatchOptions") {
      const isApply = (headers["content-type"] ?? "").startsWith("application/apply-patch");
      if (!isApply && boolean(query, "force") !== undefined) {
        errors.push(field.forbidden("force", "may not be specified for non-apply patch"));
      }
    }
    errors.push(...managerErrors(query.get("fieldManager") ?? ""));
  }
  if (dryRun.some((value) => value !== "All")) errors.push(field.notSupported("dryRun", dryRun, ["All"]));
  const validation = query.get("fieldValidation") ?? "";
  if (kind !== "DeleteOptions" && !validations.includes(validation)) {
    errors.push(field.notSupported("fieldValidation", validation, validations));
  }
  if (errors.length > 0) throw invalid({ group: "meta.k8s.io", kind }, "", errors);
  return dryRun.length > 0;
}

function managerErrors(manager: string): FieldError[] {
  const errors: FieldError[] = [];
  if (utf8Length(manager) > maxManagerLength) errors.push(field.tooLong("fieldManager", maxManagerLength));
  let at = 0;
  for (const character of manager) {
    // What Go's unicode.IsPrint takes.
    if (!/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character)) {
      const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
      errors.push(field.invalid("fieldManager", manager, `invalid character U+${code} (at position ${at})`));
    }
    at += utf8Length(character);
  }
  return errors;
}
