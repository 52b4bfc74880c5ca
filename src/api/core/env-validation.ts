import type { FieldPath } from "../../machinery/errors.ts";
import { field } from "../../machinery/errors.ts";
import {
  isConfigMapKey,
  isDNS1123Label,
  isQualifiedName,
  isRelaxedEnvVarName,
  nameIsDNSSubdomain,
} from "../../machinery/validation/names.ts";
import { complain, type Errors } from "../validation.ts";
import { sameQuantity } from "./resource-list.ts";
import type { EnvFromSource, EnvVar, EnvVarSource, ObjectFieldSelector, ResourceFieldSelector, Volume } from "./v1.ts";
import { validateNoBacksteps } from "./volume-paths.ts";

/** The fields of a pod that environment variables can take their values from. */
const envFieldPaths = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
];

/** The fields of a pod that files of downward API volumes can take their contents from. */
export const volumeFieldPaths = ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];

const knownFieldPaths = new Set([
  ...envFieldPaths,
  ...volumeFieldPaths,
  "spec.restartPolicy",
  "spec.schedulerName",
  "status.phase",
  "spec.host",
]);

const resourceFields = [
  "limits.cpu",
  "limits.ephemeral-storage",
  "limits.memory",
  "requests.cpu",
  "requests.ephemeral-storage",
  "requests.memory",
];

export function validateEnv(errors: Errors, env: readonly EnvVar[] | undefined, path: FieldPath): void {
  if (!env) return;
  for (const [index, variable] of env.entries()) {
    const plain = variable.valueFrom === undefined && /^[A-Za-z_][A-Za-z0-9_]*$/.test(variable.name ?? "");
    if (plain) continue;
    const at = path.child("env").index(index);
    if (!variable.name) errors.push(field.required(at.child("name")));
    else complain(errors, at.child("name"), variable.name, isRelaxedEnvVarName(variable.name));
    if (variable.valueFrom) validateSource(errors, variable, variable.valueFrom, at.child("valueFrom"));
  }
}

function validateSource(errors: Errors, variable: EnvVar, source: EnvVarSource, path: FieldPath): void {
  let sources = 0;
  if (source.fieldRef) {
    sources++;
    validateFieldSelector(errors, source.fieldRef, envFieldPaths, path.child("fieldRef"));
  }
  if (source.resourceFieldRef) {
    sources++;
    validateResourceField(errors, source.resourceFieldRef, false, path.child("resourceFieldRef"));
  }
  for (const name of ["configMapKeyRef", "secretKeyRef"] as const) {
    const reference = source[name];
    if (!reference) continue;
    sources++;
    const at = path.child(name);
    complain(errors, at.child("name"), reference.name ?? "", nameIsDNSSubdomain(reference.name ?? "", false));
    if (!reference.key) errors.push(field.required(at.child("key")));
    else complain(errors, at.child("key"), reference.key, isConfigMapKey(reference.key));
  }
  if (source.fileKeyRef) {
    sources++;
    const { key, path: file, volumeName } = source.fileKeyRef;
    const at = path.child("fileKeyRef");
    if (!key) errors.push(field.required(at.child("key")));
    else complain(errors, at.child("key"), key, isRelaxedEnvVarName(key));
    if (!volumeName) errors.push(field.required(at.child("volumeName")));
    else complain(errors, at.child("volumeName"), volumeName, isDNS1123Label(volumeName));
    if (!file) errors.push(field.required(at.child("path")));
    else validateNoBacksteps(errors, file, at.child("path"));
  }
  if (sources === 0) {
    errors.push(
      field.invalid(path, "", "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"),
    );
  } else if (variable.value) errors.push(field.invalid(path, "", "may not be specified when `value` is not empty"));
  else if (sources > 1) errors.push(field.invalid(path, "", "may not have more than one field specified at a time"));
}

/** Files that variables are read from lie in volumes that the pod shares: checked when all containers have been. */
export function validateFileKeys(
  errors: Errors,
  containers: readonly { env?: EnvVar[] }[] | undefined,
  volumes: readonly Volume[] | undefined,
  path: FieldPath,
): void {
  for (const [index, container] of (containers ?? []).entries()) {
    for (const [envIndex, variable] of (container.env ?? []).entries()) {
      const reference = variable.valueFrom?.fileKeyRef;
      if (!reference) continue;
      const at = path.index(index).child("env").index(envIndex).child("valueFrom", "fileKeyRef", "volumeName");
      const name = reference.volumeName ?? "";
      // Of two volumes of one name the last one counts, and what is wrong with it doesn't.
      const volume = volumes?.findLast((one) => one.name === name);
      if (!volume) errors.push(field.notFound(at, name));
      else if (!volume.emptyDir) errors.push(field.invalid(at, name, "referenced volume must be of type emptyDir"));
    }
  }
}

/** A reference to a field of the pod: known, and among those that may be used here, or an entry of labels or annotations. */
export function validateFieldSelector(errors: Errors, selector: ObjectFieldSelector, allowed: readonly string[], path: FieldPath): void {
  if (!selector.apiVersion) {
    errors.push(field.required(path.child("apiVersion")));
    return;
  }
  const fieldPath = selector.fieldPath;
  if (!fieldPath) {
    errors.push(field.required(path.child("fieldPath")));
    return;
  }
  const fail = (why: string) => errors.push(field.invalid(path.child("fieldPath"), fieldPath, `error converting fieldPath: ${why}`));
  if (selector.apiVersion !== "v1") {
    fail(`unsupported pod version: ${selector.apiVersion}`);
    return;
  }
  const subscripted = /^(.*)\['(.*)'\]$/s.exec(fieldPath);
  if (subscripted) {
    const [, base = "", key = ""] = subscripted;
    if (base === "metadata.annotations") complain(errors, path, key.toLowerCase(), isQualifiedName(key.toLowerCase()));
    else if (base === "metadata.labels") complain(errors, path, key, isQualifiedName(key));
    else fail(`field label does not support subscript: ${fieldPath}`);
    return;
  }
  if (!knownFieldPaths.has(fieldPath)) {
    fail(`field label not supported: ${fieldPath}`);
    return;
  }
  const internal = fieldPath === "spec.host" ? "spec.nodeName" : fieldPath;
  if (!allowed.includes(internal)) errors.push(field.notSupported(path.child("fieldPath"), internal, allowed));
}

const byteDivisors = ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];

export function validateResourceField(errors: Errors, selector: ResourceFieldSelector, volume: boolean, path: FieldPath): void {
  const resource = selector.resource ?? "";
  if (volume && !selector.containerName) errors.push(field.required(path.child("containerName")));
  else if (resource === "") errors.push(field.required(path.child("resource")));
  else if (!resourceFields.includes(resource) && !/^(requests|limits)\.hugepages-/.test(resource)) {
    errors.push(field.notSupported(path.child("resource"), resource, resourceFields));
  }
  const divisor = selector.divisor ?? "0";
  if (sameQuantity(divisor, "0")) return;
  const complainDivisor = (text: string) => errors.push(field.invalid(path.child("divisor"), resource, text));
  const name = resource.replace(/^(requests|limits)\./, "");
  const bytesText = `only divisor's values ${byteDivisors.join(", ")} are supported with the`;
  if (name === "cpu") {
    if (divisor !== "1m" && divisor !== "1") complainDivisor("only divisor's values 1m and 1 are supported with the cpu resource");
  } else if (!byteDivisors.includes(divisor)) {
    if (name === "memory") complainDivisor(`${bytesText} memory resource`);
    else if (name === "ephemeral-storage") complainDivisor(`${bytesText} local ephemeral storage resource`);
    else if (name.startsWith("hugepages-")) complainDivisor(`${bytesText} hugepages resource`);
  }
}

export function validateEnvFrom(errors: Errors, sources: readonly EnvFromSource[] | undefined, path: FieldPath): void {
  if (!sources) return;
  const list = path.child("envFrom");
  for (const [index, source] of sources.entries()) {
    const at = list.index(index);
    if (source.prefix) complain(errors, at.child("prefix"), source.prefix, isRelaxedEnvVarName(source.prefix));
    let count = 0;
    for (const name of ["configMapRef", "secretRef"] as const) {
      const reference = source[name];
      if (!reference) continue;
      count++;
      if (!reference.name) errors.push(field.required(at.child(name, "name")));
      else complain(errors, at.child(name, "name"), reference.name, nameIsDNSSubdomain(reference.name, true));
    }
    if (count === 0) errors.push(field.invalid(list, "", "must specify one of: `configMapRef` or `secretRef`"));
    else if (count > 1) errors.push(field.invalid(list, "", "may not have more than one field specified at a time"));
  }
}
