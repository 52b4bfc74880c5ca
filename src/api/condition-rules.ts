import { type FieldPath, field } from "../machinery/errors.ts";
import type { Condition } from "../machinery/meta/v1.ts";
import { validateLabelName } from "../machinery/validation/labels.ts";
import { isConditionReason, utf8Length } from "../machinery/validation/names.ts";
import { complain, type Errors } from "./validation.ts";

const statuses = ["False", "True", "Unknown"];
const maxReasonLength = 1024;
const maxMessageLength = 32 * 1024;

/** The rules of conditions of the common type, for the kinds that check them. */
export function validateConditions(errors: Errors, conditions: readonly Condition[] | undefined, path: FieldPath): void {
  const seen = new Set<string>();
  for (const [index, condition] of (conditions ?? []).entries()) {
    const one = path.index(index);
    const { type = "", status = "", observedGeneration = 0, lastTransitionTime, reason = "", message = "" } = condition;
    if (seen.has(type)) errors.push(field.duplicate(one.child("type"), type));
    seen.add(type);
    errors.push(...validateLabelName(type, one.child("type")));
    if (!statuses.includes(status)) errors.push(field.notSupported(one.child("status"), status, statuses));
    if (observedGeneration < 0) {
      errors.push(field.invalid(one.child("observedGeneration"), observedGeneration, "must be greater than or equal to zero"));
    }
    if (!lastTransitionTime) errors.push(field.required(one.child("lastTransitionTime")));
    if (reason === "") errors.push(field.required(one.child("reason")));
    else {
      complain(errors, one.child("reason"), reason, isConditionReason(reason));
      if (utf8Length(reason) > maxReasonLength) errors.push(field.tooLong(one.child("reason"), maxReasonLength));
    }
    if (utf8Length(message) > maxMessageLength) errors.push(field.tooLong(one.child("message"), maxMessageLength));
  }
}
