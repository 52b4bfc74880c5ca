import type { Container, Pod, PodSpec, ServiceAccount } from "../../api/core/v1.ts";
import { parseGoBool } from "../../machinery/go-bool.ts";

const enforcingAnnotation = "kubernetes.io/enforce-mountable-secrets";

type ContainerList = "initContainers" | "containers" | "ephemeralContainers";

const titles: Readonly<Record<ContainerList, string>> = {
  initContainers: "init container",
  containers: "container",
  ephemeralContainers: "ephemeral container",
};

/** Whether pods of the account may use only the secrets that it lists. */
export function enforcesMountableSecrets({ metadata }: Readonly<ServiceAccount>): boolean {
  return parseGoBool(metadata.annotations?.[enforcingAnnotation] ?? "") === true;
}

/** Why a pod may not use the secrets that it names: the first one that its account doesn't list. */
export function unlistedSecret({ spec }: Readonly<Pod>, account: Readonly<ServiceAccount>): string | undefined {
  if (!spec) return undefined;
  const listed = new Set((account.secrets ?? []).map(({ name = "" }) => name));
  const name = account.metadata.name ?? "";
  const refused = `is not allowed because service account ${name} does not reference that`;
  for (const { secret } of spec.volumes ?? []) {
    const secretName = secret?.secretName ?? "";
    if (secret && !listed.has(secretName)) return `volume with secret.secretName=${JSON.stringify(secretName)} ${refused} secret`;
  }
  const ofContainers = unlistedOfContainers(spec, ["initContainers", "containers"], account);
  if (ofContainers !== undefined) return ofContainers;
  const pulls = new Set((account.imagePullSecrets ?? []).map((one) => one.name ?? ""));
  for (const [index, { name: pull = "" }] of (spec.imagePullSecrets ?? []).entries()) {
    if (!pulls.has(pull)) return `imagePullSecrets[${index}].name="${pull}" ${refused} imagePullSecret`;
  }
  return undefined;
}

/** The same of the environment of some containers alone. */
export function unlistedOfContainers(
  spec: Readonly<PodSpec>,
  lists: readonly ContainerList[],
  account: Readonly<ServiceAccount>,
): string | undefined {
  const listed = new Set((account.secrets ?? []).map(({ name = "" }) => name));
  const refused = (secret: string) =>
    `referencing secret.secretName=${JSON.stringify(secret)} is not allowed because service account ${account.metadata.name} does not reference that secret`;
  for (const list of lists) {
    for (const { name, env = [], envFrom = [] } of (spec[list] ?? []) as readonly Container[]) {
      for (const { name: variable, valueFrom } of env) {
        const secret = valueFrom?.secretKeyRef && (valueFrom.secretKeyRef.name ?? "");
        if (secret !== undefined && !listed.has(secret)) return `${titles[list]} ${name} with envVar ${variable} ${refused(secret)}`;
      }
      for (const { secretRef } of envFrom) {
        const secret = secretRef && (secretRef.name ?? "");
        if (secret !== undefined && !listed.has(secret)) return `${titles[list]} ${name} with envFrom ${refused(secret)}`;
      }
    }
  }
  return undefined;
}
