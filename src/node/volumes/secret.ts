import type { KeyToPath, Secret } from "../../api/core/v1.ts";
import { isNotFound } from "../../machinery/errors.ts";
import type { ObjectSource } from "../object-source.ts";
import { type Contents, pickKeys } from "./projected-file.ts";

/** The fields that secret volumes and secret sources of projected volumes share. */
export interface SecretReference {
  name?: string;
  items?: KeyToPath[];
  optional?: boolean;
  defaultMode?: number;
}

export async function secretContents(
  objects: ObjectSource,
  namespace: string,
  reference: SecretReference,
  fresh: boolean,
): Promise<Contents> {
  const { name = "", items, optional = false, defaultMode } = reference;
  let secret: Secret | undefined;
  try {
    secret = await objects.secret(namespace, name, fresh);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    if (!optional) throw new Error(`secret "${name}" not found`);
  }
  return {
    stamp: `secret/${name}/${secret?.metadata.uid ?? ""}/${secret?.metadata.resourceVersion ?? "absent"}`,
    files() {
      const keys = new Map(Object.entries(secret?.data ?? {}).map(([key, value]) => [key, Buffer.from(value, "base64")]));
      return pickKeys(keys, items, { defaultMode, optional, missing: (key) => `references non-existent secret key: ${key}` });
    },
  };
}
