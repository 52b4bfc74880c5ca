import { forbidden, type StatusError } from "../../machinery/errors.ts";
import type { AdmissionAttributes } from "../admit.ts";

/** The 403 of an admission plug-in, in upstream's words. */
export function refuse(attributes: AdmissionAttributes, why: string): StatusError {
  const name = attributes.name || (attributes.object?.metadata.generateName ?? "");
  return forbidden(attributes.resource.definition, name, why);
}
