import { groupResource, type ResourceRef } from "../machinery/resource-ref.ts";

/** The path of a resource, an object or a subresource: `/apis/apps/v1/namespaces/default/deployments/web/status`. */
export function requestPath(ref: ResourceRef, namespace: string | undefined, name?: string, subresource?: string): string {
  let path = ref.group === "" ? `/api/${ref.version}` : `/apis/${ref.group}/${ref.version}`;
  if (ref.namespaced && namespace) path += `/namespaces/${encodeURIComponent(namespace)}`;
  else if (ref.namespaced && name !== undefined) throw new Error(`an empty namespace may not be set for ${groupResource(ref)} ${name}`);
  path += `/${ref.resource}`;
  if (name !== undefined) {
    if (name === "") throw new Error("resource name may not be empty");
    path += `/${encodeURIComponent(name)}`;
  }
  return subresource ? `${path}/${subresource}` : path;
}

/** `?a=b&c=d` of what is set, or nothing. */
export function queryString(parameters: Readonly<Record<string, string | number | boolean | undefined>>): string {
  let text = "";
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined || value === "") continue;
    text += `${text === "" ? "?" : "&"}${name}=${encodeURIComponent(value)}`;
  }
  return text;
}
