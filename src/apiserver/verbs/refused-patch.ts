import { field, StatusError } from "../../machinery/errors.ts";
import { goText } from "../../machinery/go-text.ts";
import type { AnyObject } from "../../machinery/object.ts";
import type { ReadPatch } from "./patch.ts";

/**
 * The refusal of a patch whose outcome is no object of the kind. Upstream shows the outcome as JSON; of a strategic merge patch, which it
 * applies without JSON, it shows what is left of the patch, and complains in other words.
 */
export function refusedPatch({ type, body }: ReadPatch, outcome: AnyObject, error: StatusError): StatusError {
  const detail = error.message.replace(/^.* cannot be handled as a [^:]+: /, "");
  const complaint =
    type === "strategic"
      ? field.invalid("patch", goText(leftOver(body)), withoutJson(detail))
      : field.invalid("patch", JSON.stringify(outcome), detail);
  return new StatusError(422, "Invalid", ` "" is invalid: ${complaint.text}`, {
    causes: [{ reason: complaint.type, message: complaint.body, field: complaint.field }],
  });
}

const orderDirective = "$setElementOrder/";

/** What upstream has not taken out of the patch when the outcome is refused: directives go, and lists that have an order told. */
function leftOver(patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const members = patch as Record<string, unknown>;
  const names = Object.keys(members).filter((name) => !name.startsWith("$") && !(orderDirective + name in members));
  return Object.fromEntries(names.map((name) => [name, leftOver(members[name])]));
}

const kinds: Record<string, string> = { number: "int64", object: "map", array: "slice" };

function withoutJson(detail: string): string {
  const [, given, type] = /^json: cannot unmarshal (\w+) into Go .* of type (\S+)$/.exec(detail) ?? [];
  if (given === undefined || type === undefined) return detail;
  const kind = kinds[given] ?? given;
  if (type.startsWith("map[")) return `cannot restore map from ${kind}`;
  if (type.startsWith("[]")) return `cannot restore slice from ${kind}`;
  if (type.includes(".")) return `cannot restore struct from: ${kind}`;
  return `unrecognized type: ${type}`;
}
