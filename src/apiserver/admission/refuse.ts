import { forbidden, type StatusError } from "../../machinery/errors.ts";
import type { AdmissionAttributes } from "../admit.ts";

/** The 403 of an admission plug-in, in upstream's words. */
export function refuse(attributes: AdmissionAttributes, why: string): StatusError {
  return forbidden(attributes.resource.definition, shownName(attributes), why);
}

/** A request for a collection names nothing, though each of its objects is looked at. */
function shownName({ name, object, isOneOfCollection }: AdmissionAttributes): string {
  return (isOneOfCollection ? "" : name || object?.metadata.generateName) || "Unknown";
}
