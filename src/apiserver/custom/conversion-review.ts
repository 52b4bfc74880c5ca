import { FieldPath } from "../../machinery/errors.ts";
import { exactJson } from "../../machinery/exact-json.ts";
import { type AnyObject, deepCopy } from "../../machinery/object.ts";
import { jsonName } from "../../machinery/schema/decode.ts";
import { validateLabels } from "../../machinery/validation/labels.ts";
import { validateAnnotations } from "../../machinery/validation/object-meta.ts";
import { checkReviewKind, DecodeFailure, requireReviewKind } from "../webhook-answer.ts";
import { goTypeOf } from "./custom-behaviour.ts";

const group = "apiextensions.k8s.io";
const kind = "ConversionReview";

export type ReviewVersion = "v1" | "v1beta1";

/** The body that asks a webhook for these objects in another version. */
export function conversionReview(objects: readonly object[], apiVersion: string, version: ReviewVersion, uid: string): object {
  return {
    kind,
    apiVersion: `${group}/${version}`,
    request: { uid, desiredAPIVersion: apiVersion, objects },
    response: { uid: "", convertedObjects: null, result: { metadata: {} } },
  };
}

/** The objects of a webhook's answer. Throws an `Error` that says what is wrong with it. */
export function readConversion(body: Record<string, unknown>, version: ReviewVersion, uid: string): unknown[] {
  const wanted = { group, kind, version };
  checkReviewKind(body, wanted);
  const response = typedResponse(body.response);
  if (version === "v1") requireReviewKind(body, wanted);
  if (!response) throw new Error("no response provided");
  if (version === "v1" && response.uid !== uid) {
    throw new Error(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid ?? "")}`);
  }
  const { status = "", message = "" } = response.result ?? {};
  if (status !== "Success") throw new Error(message || `response.result.status was '${status}', not 'Success'`);
  return response.convertedObjects ?? [];
}

interface ConversionResponse {
  uid?: string;
  convertedObjects?: unknown[] | null;
  result?: { status?: string; message?: string } | null;
}

function typedResponse(response: unknown): ConversionResponse | undefined {
  if (response === undefined || response === null) return undefined;
  const path = `${kind}.response`;
  requireType(response, isMap, path, "v1.ConversionResponse");
  const { uid, convertedObjects, result } = response as Record<string, unknown>;
  requireType(uid, (value) => typeof value === "string", `ConversionResponse.response.uid`, "types.UID");
  requireType(convertedObjects, Array.isArray, `ConversionResponse.response.convertedObjects`, "[]runtime.RawExtension");
  requireType(result, isMap, `ConversionResponse.response.result`, "v1.Status");
  return response as ConversionResponse;
}

function requireType(value: unknown, isRight: (value: unknown) => boolean, path: string, type: string): void {
  if (value === undefined || value === null || isRight(value)) return;
  throw new DecodeFailure(`json: cannot unmarshal ${jsonName(value)} into Go struct field ${path} of type ${type}`);
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * What a webhook may make of an object: all of it but its identity and its metadata, of which only labels and annotations are taken over.
 * `told` names the object in complaints, which are thrown.
 */
export function convertedObject(original: AnyObject, converted: unknown, apiVersion: string, told: string): AnyObject {
  if (!isMap(converted)) throw new Error(`json: cannot unmarshal ${jsonName(converted)} into Go value of type map[string]interface {}`);
  if (typeof converted.kind !== "string" || converted.kind === "") {
    throw new Error(`Object 'Kind' is missing in '${exactJson(converted)}'`);
  }
  const result = converted as unknown as AnyObject;
  const wrong = (expected: string, received: string) => `(expected ${expected}, received ${received})`;
  if (result.apiVersion !== apiVersion) {
    throw new Error(`${told} returned invalid object at index 0: invalid groupVersion ${wrong(apiVersion, result.apiVersion ?? "")}`);
  }
  if (result.kind !== original.kind) {
    throw new Error(`${told} returned invalid object at index 0: invalid kind ${wrong(original.kind ?? "", result.kind ?? "")}`);
  }
  const metadata: unknown = result.metadata;
  const given = isMap(metadata) ? (metadata as AnyObject["metadata"]) : {};
  for (const [name, what] of identity) {
    const [expected, received] = [original.metadata[name] ?? "", given[name] ?? ""];
    if (expected !== received) throw new Error(`${told} returned invalid object: must have the same ${what}: ${expected} != ${received}`);
  }
  try {
    result.metadata = restoredMetadata(original, metadata);
  } catch (error) {
    throw new Error(`${told} returned invalid metadata: ${(error as Error).message}`);
  }
  return result;
}

const identity = [
  ["name", "name"],
  ["namespace", "namespace"],
  ["uid", "UID"],
] as const;

function restoredMetadata(original: AnyObject, given: unknown): AnyObject["metadata"] {
  if (given === undefined) throw new Error("missing metadata in converted object");
  if (!isMap(given)) throw new Error(`invalid metadata of type ${goTypeOf(given)} in converted object`);
  const metadata = deepCopy(original.metadata);
  for (const name of ["labels", "annotations"] as const) {
    const value = given[name];
    if (value === undefined || value === null) {
      delete metadata[name];
      continue;
    }
    if (!isMap(value)) throw new Error(`invalid metadata.${name} of type ${goTypeOf(value)} in converted object`);
    metadata[name] = checkedTexts(name, value, original.metadata[name] ?? {});
  }
  return metadata;
}

function checkedTexts(name: "labels" | "annotations", given: Record<string, unknown>, before: Readonly<Record<string, string>>) {
  let changed = Object.keys(given).length !== Object.keys(before).length;
  for (const [key, value] of Object.entries(given)) {
    if (typeof value !== "string") {
      throw new Error(`metadata.${name}[${key}] must be a string, but is ${goTypeOf(value)} in converted object`);
    }
    if (before[key] !== value) changed = true;
  }
  const texts = given as Record<string, string>;
  if (!changed) return texts;
  // Upstream names the annotations' field in the singular.
  const errors =
    name === "labels"
      ? validateLabels(texts, new FieldPath("metadata.labels"))
      : validateAnnotations(texts, new FieldPath("metadata.annotation"));
  if (errors.length > 0) {
    const complaints = [...new Set(errors.map(({ text }) => text))];
    throw new Error(complaints.length === 1 ? complaints[0] : `[${complaints.join(", ")}]`);
  }
  return texts;
}
