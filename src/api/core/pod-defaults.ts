import { setField } from "../../machinery/object.ts";
import { imageTag } from "./image-name.ts";
import { defaultResourceList, sumOfContainers } from "./resource-list.ts";
import { isHugePages } from "./resource-names.ts";
import type {
  Container,
  EnvVar,
  EphemeralContainer,
  LifecycleHandler,
  PersistentVolumeClaimSpec,
  Pod,
  PodSpec,
  PodTemplateSpec,
  Probe,
  ResourceRequirements,
  Volume,
} from "./v1.ts";

/** The mode of files in volumes that name none: 0644. */
const defaultFileMode = 0o644;

export function defaultPod(pod: Pod): void {
  pod.spec ??= { containers: [] };
  const { spec } = pod;
  defaultPodSpec(spec);
  // Only pods, not templates: a template's hash and diff keep what its author wrote.
  for (const container of spec.containers ?? []) defaultRequests(container);
  for (const container of spec.initContainers ?? []) defaultRequests(container);
  defaultPodLevelRequests(spec);
  spec.enableServiceLinks ??= true;
  if (spec.hostNetwork) {
    defaultHostPorts(spec.containers);
    defaultHostPorts(spec.initContainers);
  }
}

export function defaultPodTemplate(template: PodTemplateSpec | undefined): void {
  if (!template) return;
  template.spec ??= { containers: [] };
  defaultPodSpec(template.spec);
}

function defaultPodSpec(spec: PodSpec): void {
  if (spec.serviceAccountName || spec.serviceAccount) {
    spec.serviceAccountName ||= spec.serviceAccount as string;
    if (spec.serviceAccount !== spec.serviceAccountName) spec.serviceAccount = spec.serviceAccountName;
  }
  spec.dnsPolicy ||= "ClusterFirst";
  spec.restartPolicy ||= "Always";
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= 30;
  spec.schedulerName ||= "default-scheduler";
  for (const volume of spec.volumes ?? []) defaultVolume(volume);
  for (const container of spec.initContainers ?? []) defaultContainer(container);
  for (const container of spec.containers ?? []) defaultContainer(container);
  for (const container of spec.ephemeralContainers ?? []) defaultContainer(container);
  defaultResourceList(spec.overhead);
  defaultResourceList(spec.resources?.limits);
  defaultResourceList(spec.resources?.requests);
}

function defaultContainer(container: Container | EphemeralContainer): void {
  container.imagePullPolicy ||= imageTag(container.image ?? "") === "latest" ? "Always" : "IfNotPresent";
  container.terminationMessagePath ||= "/dev/termination-log";
  container.terminationMessagePolicy ||= "File";
  for (const variable of container.env ?? []) defaultEnv(variable);
  container.resources ??= {};
  defaultResourceList(container.resources.limits);
  defaultResourceList(container.resources.requests);
  for (const port of container.ports ?? []) port.protocol ||= "TCP";
  defaultProbe(container.livenessProbe);
  defaultProbe(container.readinessProbe);
  defaultProbe(container.startupProbe);
  defaultHandler(container.lifecycle?.postStart);
  defaultHandler(container.lifecycle?.preStop);
}

function defaultEnv(variable: EnvVar): void {
  if (variable.value === "") delete variable.value;
  const fieldRef = variable.valueFrom?.fieldRef;
  if (fieldRef) fieldRef.apiVersion ||= "v1";
  const resourceRef = variable.valueFrom?.resourceFieldRef;
  if (resourceRef) resourceRef.divisor ??= "0";
  const fileKeyRef = variable.valueFrom?.fileKeyRef;
  if (fileKeyRef) fileKeyRef.optional ??= false;
}

function defaultProbe(probe: Probe | undefined): void {
  if (!probe) return;
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  if (probe.grpc) probe.grpc.service ??= "";
  defaultHandler(probe);
}

function defaultHandler(handler: Pick<LifecycleHandler, "httpGet"> | undefined): void {
  if (!handler?.httpGet) return;
  handler.httpGet.path ||= "/";
  handler.httpGet.scheme ||= "HTTP";
}

function defaultRequests(container: { resources?: ResourceRequirements }): void {
  const resources = container.resources;
  if (!resources?.limits) return;
  const requests: Record<string, string> = resources.requests ?? {};
  for (const name in resources.limits) if (!Object.hasOwn(requests, name)) setField(requests, name, resources.limits[name]);
  if (Object.keys(requests).length > 0) resources.requests ??= requests;
}

/** Where the pod as a whole has limits, its requests follow those of its containers, then the limits. */
function defaultPodLevelRequests(spec: PodSpec): void {
  const resources = spec.resources;
  if (!resources?.limits) return;
  const requests: Record<string, string> = resources.requests ?? {};
  const total = sumOfContainers(spec);
  for (const name of ["cpu", "memory"]) if (total[name] !== undefined) requests[name] ??= total[name];
  for (const name in resources.limits) {
    if (name === "cpu" || name === "memory" || isHugePages(name)) requests[name] ??= resources.limits[name] as string;
  }
  if (Object.keys(requests).length > 0) resources.requests ??= requests;
}

function defaultHostPorts(containers: Container[] | undefined): void {
  for (const container of containers ?? []) {
    for (const port of container.ports ?? []) port.hostPort ||= port.containerPort;
  }
}

function defaultVolume(volume: Volume): void {
  if (!hasSource(volume)) volume.emptyDir = {};
  if (volume.secret) volume.secret.defaultMode ??= defaultFileMode;
  if (volume.configMap) volume.configMap.defaultMode ??= defaultFileMode;
  if (volume.hostPath) volume.hostPath.type ??= "";
  if (volume.downwardAPI) {
    volume.downwardAPI.defaultMode ??= defaultFileMode;
    defaultDownwardItems(volume.downwardAPI.items);
  }
  if (volume.projected) {
    volume.projected.defaultMode ??= defaultFileMode;
    for (const source of volume.projected.sources ?? []) {
      defaultDownwardItems(source.downwardAPI?.items);
      if (source.serviceAccountToken) source.serviceAccountToken.expirationSeconds ??= 3600;
      if (source.podCertificate) source.podCertificate.maxExpirationSeconds ??= 86400;
    }
  }
  if (volume.ephemeral?.volumeClaimTemplate) defaultClaimSpec(volume.ephemeral.volumeClaimTemplate.spec);
  if (volume.image) {
    volume.image.pullPolicy ||= imageTag(volume.image.reference ?? "") === "latest" ? "Always" : "IfNotPresent";
  }
  if (volume.scaleIO) {
    volume.scaleIO.storageMode ||= "ThinProvisioned";
    volume.scaleIO.fsType ||= "xfs";
  }
  if (volume.azureDisk) volume.azureDisk.readOnly ??= false;
}

/** A volume is its name and where it comes from. */
function hasSource(volume: Volume): boolean {
  for (const field in volume) if (field !== "name" && volume[field as keyof Volume] !== undefined) return true;
  return false;
}

function defaultDownwardItems(items: { fieldRef?: { apiVersion?: string }; resourceFieldRef?: { divisor?: string } }[] | undefined): void {
  for (const item of items ?? []) {
    if (item.fieldRef) item.fieldRef.apiVersion ||= "v1";
    if (item.resourceFieldRef) item.resourceFieldRef.divisor ??= "0";
  }
}

export function defaultClaimSpec(spec: PersistentVolumeClaimSpec | undefined): void {
  if (!spec) return;
  spec.volumeMode ??= "Filesystem";
  defaultResourceList(spec.resources?.limits);
  defaultResourceList(spec.resources?.requests);
}
