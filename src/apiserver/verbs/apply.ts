import { badRequest, conflict, isAlreadyExists, notFound, StatusError } from "../../machinery/errors.ts";
import { objectText } from "../../machinery/managed-fields/apply-configuration.ts";
import { type AnyObject, deepCopy } from "../../machinery/object.ts";
import { QuantityError } from "../../machinery/quantity.ts";
import { apiVersionOf } from "../../machinery/resource-ref.ts";
import { DecodeError } from "../../machinery/schema/decode.ts";
import { TimeError } from "../../machinery/schema/time-text.ts";
import { text } from "../bytes.ts";
import { keyOfServed } from "../catalog.ts";
import type { Call, ServerContext } from "../context.ts";
import { type DecodedBody, fieldValidationOf, splitManagedFields } from "../decode.ts";
import { applyFields } from "../field-manager.ts";
import { matchName, matchNamespace } from "../prepare.ts";
import { type ApiResponse, isBytes } from "../request.ts";
import { answerWritten } from "../respond.ts";
import { createObject } from "./create.ts";
import { type Current, checkRevisionText, createsOnUpdate, type NewState, requireRevision, updateObject } from "./update.ts";

export const applyMediaType = "application/apply-patch+yaml";

/** How often an apply is tried anew when the object changes, comes or goes under it. */
const maxAttempts = 5;

/** Server-side apply. */
export async function apply(server: ServerContext, call: Call): Promise<ApiResponse> {
  const configuration = readConfiguration(server, call);
  const key = keyOfServed(call.resource, call.namespace, call.name);
  for (let attempt = 1; ; attempt++) {
    if (server.store.latest(key)) {
      const entry = await updateObject(
        server,
        call,
        call.name,
        (current) => appliedState(server, call, configuration, current),
        maxAttempts,
      );
      return answerWritten(server, call, 200, entry);
    }
    if (call.subresource !== "" && !createsThroughSubresource(call)) throw notFound(call.resource.definition, call.name);
    const state = await appliedState(server, call, configuration, undefined);
    try {
      const entry = await createObject(server, call, state.object, undefined, {
        owned: state.owned,
        hasEmpty: state.hasEmpty,
        isUnchecked: true,
      });
      return answerWritten(server, call, 201, entry);
    } catch (error) {
      // Someone else was faster: what was to be created is to be updated now.
      if (!isAlreadyExists(error) || attempt >= maxAttempts) throw error;
    }
  }
}

function createsThroughSubresource(call: Call): boolean {
  return createsOnUpdate(call) || (call.subresource === "status" && call.resource.definition.behaviour.appliedStatusCreates === true);
}

/** What a client applies. */
export interface Configuration {
  object: AnyObject;
  /** What strict decoding says of the text. */
  problems: readonly string[];
}

export function readConfiguration(server: ServerContext, call: Call): Configuration {
  const { object, problems } = readText(server, call);
  if (!call.legacy || object.apiVersion !== apiVersionOf(call.legacy)) return { object, problems };
  return { object: call.legacy.toServed(object, call.resource, call.warnings, []), problems };
}

function readText(server: ServerContext, call: Call): Configuration {
  const { body } = call.request;
  if (body !== undefined && !isBytes(body)) return { object: body, problems: [] };
  const source = text(body ?? new Uint8Array(0));
  const { value, problems } = parseConfiguration(server, source);
  if (value === null || value === undefined) return { object: {} as AnyObject, problems };
  if (typeof value !== "object" || Array.isArray(value)) {
    const what = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
    throw badRequest(
      `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${what} into Go value of type map[string]interface {}`,
    );
  }
  return { object: value as AnyObject, problems };
}

function parseConfiguration(server: ServerContext, source: string) {
  try {
    return server.types.parseConfiguration(source);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw badRequest(`error decoding YAML: ${error.message}`);
  }
}

/** Says of a configuration what strict decoding says, after it has been merged. */
export function reportProblems(call: Call, { problems }: Configuration): void {
  const validation = fieldValidationOf(call);
  if (problems.length === 0 || validation === "Ignore") return;
  if (validation === "Warn") call.warnings.push(...problems);
  else {
    const lines = problems.map((problem) => `  ${problem}`).join("\n");
    throw badRequest(`error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n${lines}`);
  }
}

/** The state that an apply makes of the current one, or of none. */
async function appliedState(
  server: ServerContext,
  call: Call,
  configuration: Configuration,
  current: Current | undefined,
): Promise<NewState> {
  const { resource } = call;
  const config = configuration.object;
  const old = current && { value: current.value, managedFields: current.entry.managedFields };
  const applied = await applyFields(server, call, config, old);
  const { object, hasEmpty } = canonicalApplied(server, resource.definition.type, applied.object as AnyObject, config);
  const why = resource.definition.behaviour.unconvertible?.(object);
  if (why !== undefined) throw new StatusError(500, "", `failed to convert to unversioned (${objectText(config)}): ${why}`);
  reportProblems(call, configuration);
  const { uid } = object.metadata;
  if (!current && uid) {
    const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
    throw conflict(resource.definition, call.name, why);
  }
  matchNamespace(object, call);
  matchName(object, call.name);
  const { resourceVersion } = object.metadata;
  if (!current) checkRevisionText(resourceVersion);
  // An apply that names no resource version builds on whatever is newest; one that creates may name any.
  else if (resourceVersion === current.value.metadata.resourceVersion) delete object.metadata.resourceVersion;
  else if (Number(resourceVersion ?? 0) === 0) requireRevision(call, call.name);
  const isRewritten = resource.custom && saysEmpty(config, object);
  return { object, managedFields: undefined, hasEmpty, isRewritten, owned: { text: applied.managed } };
}

const mapsOfMetadata = ["labels", "annotations", "generateName"] as const;
const listsOfMetadata = ["finalizers", "ownerReferences"] as const;

/** Upstream takes metadata that a configuration says to be empty for a change of a custom object, each time. */
function saysEmpty({ metadata: said }: Partial<AnyObject>, { metadata }: AnyObject): boolean {
  if (!said) return false;
  const isGone = (name: keyof typeof said) => said[name] !== undefined && metadata[name] === undefined;
  return mapsOfMetadata.some(isGone) || listsOfMetadata.some((name) => (said[name] as unknown) !== null && isGone(name));
}

/** What an apply has joined, in the form of its type. Throws where the type can't hold it. */
export function canonicalApplied(server: ServerContext, type: string, joined: AnyObject, config: AnyObject): DecodedBody {
  try {
    const { object, hasEmpty = false } = server.types.of(type).normalize(deepCopy(joined), { keepEmpty: true, wraps: true });
    return { ...splitManagedFields(object), hasEmpty };
  } catch (error) {
    if (!(error instanceof DecodeError) && !(error instanceof TimeError) && !(error instanceof QuantityError)) throw error;
    const why = error instanceof DecodeError ? error.plain : (error as Error).message;
    const text = objectText(config);
    const kind = text.slice(text.indexOf("; ") + 2);
    const message = `failed to convert new object (${text}) to proper version: unable to convert unstructured object to ${kind}: ${why}`;
    throw new StatusError(500, "", message);
  }
}
