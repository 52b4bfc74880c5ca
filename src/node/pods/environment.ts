import type { Container, EnvVar, Pod, Service } from "../../api/core/v1.ts";
import { isNotFound } from "../../machinery/errors.ts";
import { namespaceOf } from "../../machinery/object.ts";
import { isEnvVarName } from "../../machinery/validation/names.ts";
import type { ObjectSource } from "../object-source.ts";
import type { EnvironmentVariable } from "../runtime/runtime.ts";
import { type DownwardFacts, fieldValue, resourceValue } from "./downward.ts";
import { expand } from "./expansion.ts";
import { serviceEnvironment } from "./service-env.ts";

/** Why a container's configuration can't be made; its text becomes the message of `CreateContainerConfigError`. */
export class ContainerConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ContainerConfigError";
  }
}

export interface EnvironmentSources {
  objects: ObjectSource;
  /** The services that the pod is told of. */
  services: readonly Service[];
  facts: DownwardFacts;
}

/** The container's environment: services, then what `envFrom` brings, then `env`, each winning over those before. */
export async function makeEnvironment(pod: Pod, container: Container, sources: EnvironmentSources): Promise<EnvironmentVariable[]> {
  const result = new Map<string, string>();
  const services = serviceEnvironment(sources.services);
  await addEnvFrom(result, pod, container, sources);
  // `$(NAME)` sees what was defined before it, then services.
  const visible = new Map([...services, ...result]);
  for (const variable of container.env ?? []) {
    const value = await variableValue(variable, pod, container, sources, visible);
    if (value === undefined) continue;
    result.set(variable.name, value);
    visible.set(variable.name, value);
  }
  for (const [name, value] of services) if (!result.has(name)) result.set(name, value);
  return [...result].map(([name, value]) => ({ name, value }));
}

async function addEnvFrom(result: Map<string, string>, pod: Pod, container: Container, { objects }: EnvironmentSources): Promise<void> {
  const namespace = namespaceOf(pod);
  for (const source of container.envFrom ?? []) {
    const prefix = source.prefix ?? "";
    const reference = source.configMapRef ?? source.secretRef;
    if (!reference?.name) continue;
    const optional = reference.optional === true;
    const data = await orMissing(optional, async () =>
      source.configMapRef
        ? ((await objects.configMap(namespace, reference.name ?? "", true)).data ?? {})
        : decoded((await objects.secret(namespace, reference.name ?? "", true)).data),
    );
    for (const key of Object.keys(data ?? {}).sort()) {
      const name = prefix + key;
      if (isEnvVarName(name).length === 0) result.set(name, data?.[key] as string);
    }
  }
}

async function variableValue(
  variable: EnvVar,
  pod: Pod,
  container: Container,
  { objects, facts }: EnvironmentSources,
  visible: ReadonlyMap<string, string>,
): Promise<string | undefined> {
  const from = variable.valueFrom;
  if (!from) return expand(variable.value ?? "", visible);
  const namespace = namespaceOf(pod);
  if (from.fieldRef) return fieldValue(pod, from.fieldRef.fieldPath, facts);
  if (from.resourceFieldRef) {
    const name = from.resourceFieldRef.containerName;
    const named = name
      ? [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].find((other) => other.name === name)
      : container;
    return resourceValue(named ?? container, from.resourceFieldRef, facts);
  }
  if (from.configMapKeyRef) {
    const { name = "", key, optional = false } = from.configMapKeyRef;
    const map = await orMissing(optional, () => objects.configMap(namespace, name, true));
    const value = map?.data?.[key];
    if (value === undefined && map && !optional)
      throw new ContainerConfigError(`couldn't find key ${key} in ConfigMap ${namespace}/${name}`);
    return value;
  }
  if (from.secretKeyRef) {
    const { name = "", key, optional = false } = from.secretKeyRef;
    const secret = await orMissing(optional, () => objects.secret(namespace, name, true));
    const value = secret?.data?.[key];
    if (value === undefined && secret && !optional)
      throw new ContainerConfigError(`couldn't find key ${key} in Secret ${namespace}/${name}`);
    return value === undefined ? undefined : Buffer.from(value, "base64").toString();
  }
  throw new ContainerConfigError(`environment variable ${variable.name} has a source that this node does not know`);
}

async function orMissing<T>(optional: boolean, read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isNotFound(error) && optional) return undefined;
    if (isNotFound(error)) throw new ContainerConfigError(error.message);
    throw error;
  }
}

function decoded(data: Record<string, string> | undefined): Record<string, string> {
  const result: Record<string, string> = {};
  for (const key in data) result[key] = Buffer.from(data[key] as string, "base64").toString();
  return result;
}
