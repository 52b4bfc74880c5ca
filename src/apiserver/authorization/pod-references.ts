import type { Container, Pod, PodSpec, Volume } from "../../api/core/v1.ts";

/** The objects in a pod's namespace that the pod uses, by name. */
export interface PodReferences {
  secrets: Set<string>;
  configMaps: Set<string>;
  claims: Set<string>;
  serviceAccount: string;
  resourceClaims: Set<string>;
}

export function podReferences(pod: Pod): PodReferences {
  const { spec } = pod;
  const found: PodReferences = {
    secrets: new Set(),
    configMaps: new Set(),
    claims: new Set(),
    serviceAccount: spec?.serviceAccountName ?? "",
    resourceClaims: new Set(),
  };
  if (!spec) return found;
  for (const { name } of spec.imagePullSecrets ?? []) if (name) found.secrets.add(name);
  for (const container of allContainers(spec)) addContainer(found, container);
  for (const volume of spec.volumes ?? []) addVolume(found, pod, volume);
  for (const status of pod.status?.resourceClaimStatuses ?? []) {
    if (status.resourceClaimName) found.resourceClaims.add(status.resourceClaimName);
  }
  for (const claim of spec.resourceClaims ?? []) if (claim.resourceClaimName) found.resourceClaims.add(claim.resourceClaimName);
  const extended = pod.status?.extendedResourceClaimStatus?.resourceClaimName;
  if (extended) found.resourceClaims.add(extended);
  return found;
}

function allContainers(spec: PodSpec): Container[] {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...((spec.ephemeralContainers ?? []) as unknown as Container[])];
}

function addContainer(found: PodReferences, container: Container): void {
  for (const { secretRef, configMapRef } of container.envFrom ?? []) {
    if (secretRef?.name) found.secrets.add(secretRef.name);
    if (configMapRef?.name) found.configMaps.add(configMapRef.name);
  }
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom?.secretKeyRef?.name) found.secrets.add(valueFrom.secretKeyRef.name);
    if (valueFrom?.configMapKeyRef?.name) found.configMaps.add(valueFrom.configMapKeyRef.name);
  }
}

function addVolume(found: PodReferences, pod: Pod, volume: Volume): void {
  if (volume.secret?.secretName) found.secrets.add(volume.secret.secretName);
  if (volume.configMap?.name) found.configMaps.add(volume.configMap.name);
  if (volume.persistentVolumeClaim) found.claims.add(volume.persistentVolumeClaim.claimName);
  if (volume.ephemeral) found.claims.add(`${pod.metadata.name}-${volume.name}`);
  for (const { secret, configMap } of volume.projected?.sources ?? []) {
    if (secret?.name) found.secrets.add(secret.name);
    if (configMap?.name) found.configMaps.add(configMap.name);
  }
  for (const { name } of secretsOfSource(volume as unknown as Record<string, unknown>)) found.secrets.add(name);
}

/** A secret that a volume source names; without a namespace it is in that of the claim or pod. */
export interface SourceSecret {
  name: string;
  namespace?: string;
}

/** Secrets that volume sources of any kind name: `secretRef`, `nodePublishSecretRef`, `azureFile.secretName` …. */
export function secretsOfSource(source: Record<string, unknown>): SourceSecret[] {
  const secrets: SourceSecret[] = [];
  const add = (name: unknown, namespace: unknown) => {
    if (typeof name !== "string" || name === "") return;
    secrets.push({ name, ...(typeof namespace === "string" && namespace !== "" ? { namespace } : {}) });
  };
  for (const part of Object.values(source)) {
    if (typeof part !== "object" || part === null) continue;
    for (const [key, value] of Object.entries(part)) {
      // Those of a CSI driver's controller are none of the node's business.
      if (!/secretRef$/i.test(key) || key.startsWith("controller") || typeof value !== "object" || value === null) continue;
      const { name, namespace } = value as Partial<SourceSecret>;
      add(name, namespace);
    }
    const { secretName, secretNamespace } = part as { secretName?: unknown; secretNamespace?: unknown };
    add(secretName, secretNamespace);
  }
  return secrets;
}
