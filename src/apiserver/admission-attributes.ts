import type { DeleteOptions } from "../machinery/meta/v1.ts";
import type { AnyObject } from "../machinery/object.ts";
import type { EmptyValues } from "../machinery/schema/empty-values.ts";
import type { AdmissionAttributes, AdmissionOperation, Ownership } from "./admit.ts";
import type { Call } from "./context.ts";

/** What a handler knows of the write that admission is asked about; the rest is the call's. */
export interface AdmittedWrite {
  operation: AdmissionOperation;
  name?: string;
  object?: AnyObject;
  old?: Readonly<AnyObject>;
  managed?: Ownership;
  empties?: EmptyValues | undefined;
  oldManaged?: string | undefined;
  deleteOptions?: DeleteOptions;
  isOneOfCollection?: boolean;
}

export function attributesOf(call: Call, write: AdmittedWrite): AdmissionAttributes {
  const { operation, object, old, managed, empties, oldManaged, deleteOptions, isOneOfCollection } = write;
  const attributes: { -readonly [Name in keyof AdmissionAttributes]: AdmissionAttributes[Name] } = {
    operation,
    resource: call.resource,
    subresource: call.subresource,
    namespace: call.namespace,
    name: write.name ?? object?.metadata.name ?? "",
    object,
    old,
    oldManaged,
    user: call.user,
    dryRun: call.dryRun,
    elsewhere: call.request,
    options: () => optionsOf(call, operation, deleteOptions),
    warn: (warning) => call.warnings.push(warning),
  };
  // Set one by one: each write has these made, and spreading is slow.
  if (managed) attributes.managed = managed;
  if (empties) attributes.empties = empties;
  if (isOneOfCollection) attributes.isOneOfCollection = isOneOfCollection;
  if (call.request.annotations) attributes.annotations = call.request.annotations;
  return attributes;
}

/** The options of the operation that a request comes to: those of a patch are told as those of a create or an update. */
function optionsOf({ request: { query } }: Call, operation: AdmissionOperation, given: DeleteOptions = {}): AnyObject | undefined {
  if (operation === "CONNECT") return undefined;
  if (operation === "DELETE") {
    const { apiVersion: _version, kind: _kind, ...options } = given as unknown as AnyObject;
    return { kind: "DeleteOptions", apiVersion: "meta.k8s.io/v1", ...options } as unknown as AnyObject;
  }
  const dryRun = query.getAll("dryRun");
  const manager = query.get("fieldManager");
  const validation = query.get("fieldValidation");
  return {
    kind: operation === "CREATE" ? "CreateOptions" : "UpdateOptions",
    apiVersion: "meta.k8s.io/v1",
    ...(dryRun.length > 0 ? { dryRun } : {}),
    ...(manager ? { fieldManager: manager } : {}),
    ...(validation ? { fieldValidation: validation } : {}),
  } as unknown as AnyObject;
}
