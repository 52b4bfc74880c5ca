import type { ConfigMap, KeyToPath } from "../../api/core/v1.ts";
import { isNotFound } from "../../machinery/errors.ts";
import type { ObjectSource } from "../object-source.ts";
import { type Contents, pickKeys } from "./projected-file.ts";

/** The fields that config map volumes and config map sources of projected volumes share. */
export interface ConfigMapReference {
  name?: string;
  items?: KeyToPath[];
  optional?: boolean;
  defaultMode?: number;
}

export async function configMapContents(
  objects: ObjectSource,
  namespace: string,
  reference: ConfigMapReference,
  fresh: boolean,
): Promise<Contents> {
  const { name = "", items, optional = false, defaultMode } = reference;
  let configMap: ConfigMap | undefined;
  try {
    configMap = await objects.configMap(namespace, name, fresh);
  } catch (error) {
    // Upstream's node cache names the kind where the server names the collection.
    if (!isNotFound(error)) throw error;
    if (!optional) throw new Error(`configmap "${name}" not found`);
  }
  return {
    stamp: `configmap/${name}/${configMap?.metadata.uid ?? ""}/${configMap?.metadata.resourceVersion ?? "absent"}`,
    files() {
      const keys = new Map<string, Uint8Array | string>(Object.entries(configMap?.data ?? {}));
      for (const key in configMap?.binaryData) keys.set(key, Buffer.from(configMap.binaryData[key] as string, "base64"));
      return pickKeys(keys, items, {
        defaultMode,
        optional,
        missing: (key) => `configmap references non-existent config key: ${key}`,
      });
    },
  };
}
