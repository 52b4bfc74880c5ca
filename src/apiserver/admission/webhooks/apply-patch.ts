import { internalError, StatusError } from "../../../machinery/errors.ts";
import type { ManagedFieldsEntry } from "../../../machinery/meta/v1.ts";
import { type AnyObject, deepEqual } from "../../../machinery/object.ts";
import { applyJsonPatch, type JsonPatchOperation } from "../../../machinery/patch/json-patch.ts";
import { jsonName } from "../../../machinery/schema/decode.ts";
import { parseExact } from "../../../machinery/schema/json-text.ts";
import type { AdmissionAttributes } from "../../admit.ts";
import { betweenOutside } from "../../conversion.ts";
import { splitManagedFields } from "../../decode.ts";
import { withManagedFields } from "../../respond.ts";
import { canonicalObject, ownersAfter, replaceContents } from "../changed-object.ts";
import type { Hook } from "./hook.ts";
import { CallFailure, type WebhookDeps } from "./hook-call.ts";
import type { ReviewAnswer, ReviewedObjects } from "./review.ts";

/** Brings a webhook's patch into the object of the request, in place. Gives whether that has changed anything. */
export async function applyWebhookPatch(
  deps: WebhookDeps,
  hook: Hook,
  attributes: AdmissionAttributes,
  reviewed: ReviewedObjects,
  answer: ReviewAnswer,
  notePatch: (operations: readonly JsonPatchOperation[]) => void,
): Promise<boolean> {
  const operations = readOperations(hook, answer);
  if (operations.length === 0) return false;
  const { object, managed } = attributes;
  if (!reviewed.object || !object) {
    const what = `admission webhook ${JSON.stringify(hook.name)} attempted to modify the object, which is not supported for this operation`;
    throw internalError(what);
  }
  if (answer.patchType !== "JSONPatch") throw new CallFailure(hook, 400, `unsupported patch type ${JSON.stringify(answer.patchType)}`);
  const before = withManagedFields(reviewed.object, managed?.text);
  const after = canonicalObject(deps, attributes, reviewed.resource, patched(before, operations)).object;
  const { object: own, managedFields } = splitManagedFields(after);
  const changed = !deepEqual(own, reviewed.object) || !deepEqual(managedFields, before.metadata?.managedFields);
  if (managed) managed.text = ownersAfter(attributes, managed.text, managedFields as ManagedFieldsEntry[] | undefined);
  const { resource } = attributes;
  replaceContents(object, reviewed.resource === resource ? own : await betweenOutside(own, reviewed.resource, resource));
  notePatch(operations);
  return changed;
}

function readOperations(hook: Hook, { patch }: ReviewAnswer): readonly JsonPatchOperation[] {
  if (patch === undefined) return [];
  const undecodable = (why: string) => new CallFailure(hook, 503, `received undecodable patch in webhook response: ${why}`);
  let operations: unknown;
  try {
    operations = parseExact(patch);
  } catch (error) {
    throw undecodable((error as Error).message);
  }
  if (operations === null) return [];
  if (!Array.isArray(operations)) throw undecodable(`json: cannot unmarshal ${jsonName(operations)} into Go value of type jsonpatch.Patch`);
  const wrong = operations.find((one) => typeof one !== "object" || one === null || Array.isArray(one));
  if (wrong !== undefined) throw undecodable(`json: cannot unmarshal ${jsonName(wrong)} into Go value of type jsonpatch.Operation`);
  return operations as JsonPatchOperation[];
}

function patched(before: AnyObject, operations: readonly JsonPatchOperation[]): AnyObject {
  try {
    return applyJsonPatch(before, operations) as AnyObject;
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    throw internalError(error.cause instanceof Error ? error.cause.message : "the patch can't be applied to the object");
  }
}
