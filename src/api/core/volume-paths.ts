import type { FieldPath } from "../../machinery/errors.ts";
import { field } from "../../machinery/errors.ts";
import type { Errors } from "../validation.ts";

/** A path inside a volume: relative, without `..`. */
export function validateLocalPath(errors: Errors, path: string, at: FieldPath): void {
  if (path.startsWith("/")) errors.push(field.invalid(at, path, "must be a relative path"));
  validateNoBacksteps(errors, path, at);
}

/** A path inside a volume that the node agent writes: names that start with `..` are its own. */
export function validateUnreservedPath(errors: Errors, path: string, at: FieldPath): void {
  validateLocalPath(errors, path, at);
  // Only where the complaint about `..` as a whole part hasn't been made.
  if (path.startsWith("..") && !path.startsWith("../")) errors.push(field.invalid(at, path, "must not start with '..'"));
}

export function validateNoBacksteps(errors: Errors, path: string, at: FieldPath): void {
  if (hasBacksteps(path)) errors.push(field.invalid(at, path, "must not contain '..'"));
}

export function hasBacksteps(path: string): boolean {
  return path.includes("..") && path.split("/").includes("..");
}
