import { isFractionalQuantity } from "../../machinery/quantity.ts";
import { warningsForIP } from "../../machinery/validation/ip.ts";
import { isDNS1123Label } from "../../machinery/validation/names.ts";
import { deprecatedNodeLabels, nodeTermWarnings, volumeSourceWarnings } from "./deprecations.ts";
import { appArmorWarnings, seccompAnnotation, seccompPrefix } from "./pod-annotations.ts";
import { isWhole } from "./resource-list.ts";
import type { Container, EphemeralContainer, PersistentVolumeClaimSpec, Pod, PodSpec, PodTemplateSpec } from "./v1.ts";
import { volumePathWarnings } from "./volume-path-warnings.ts";

const deprecatedAnnotations: readonly (readonly [name: string, text: string])[] = [
  ["scheduler.alpha.kubernetes.io/critical-pod", 'non-functional in v1.16+; use the "priorityClassName" field instead'],
  ["security.alpha.kubernetes.io/sysctls", 'non-functional in v1.11+; use the "sysctls" field instead'],
  ["security.alpha.kubernetes.io/unsafe-sysctls", 'non-functional in v1.11+; use the "sysctls" field instead'],
];
const seccompText = 'non-functional in v1.27+; use the "seccompProfile" field instead';

/** Nobody is warned of an update: who writes pods often is no person. */
export function podWarnings(pod: Readonly<Pod>, old: Readonly<Pod> | undefined): string[] {
  if (old) return [];
  return [...nameWarnings(pod.metadata.name, "the Pod's hostname"), ...podSpecWarnings(pod.spec, pod.metadata.annotations, "")];
}

/** Names of pods, and what pods are named after, are host names. */
export function nameWarnings(name: string | undefined, use = "Pod names and hostnames"): string[] {
  const texts = isDNS1123Label(name ?? "");
  if (texts.length === 0) return [];
  return [
    `metadata.name: this is used in ${use}, which can result in surprising behavior; a DNS label is recommended: [${texts.join(" ")}]`,
  ];
}

interface Workload {
  metadata: { name?: string; generation?: number };
  spec?: { template?: PodTemplateSpec };
}

/** What pods are made from: its name on create, its template whenever the spec changes. */
export function workloadWarnings(workload: Readonly<Workload>, old: Readonly<Workload> | undefined): string[] {
  const template = workload.spec?.template;
  if (!old) return [...nameWarnings(workload.metadata.name), ...podTemplateWarnings(template, "spec.template")];
  return isNewGeneration(workload, old) ? podTemplateWarnings(template, "spec.template") : [];
}

export function isNewGeneration({ metadata }: Pick<Workload, "metadata">, old: Pick<Workload, "metadata">): boolean {
  return metadata.generation !== old.metadata.generation;
}

export function podTemplateWarnings(template: Readonly<PodTemplateSpec> | undefined, path: string): string[] {
  return podSpecWarnings(template?.spec, template?.metadata?.annotations, `${path}.`);
}

function podSpecWarnings(spec: Readonly<PodSpec> | undefined, annotations: Record<string, string> | undefined, prefix: string): string[] {
  const warnings: string[] = [];
  if (!spec) return warnings;
  const at = `${prefix}spec`;
  for (const key in spec.nodeSelector) {
    const text = deprecatedNodeLabels[key];
    if (text) warnings.push(`${at}.nodeSelector[${key}]: ${text}`);
  }
  nodeAffinityWarnings(warnings, spec, at);
  spec.topologySpreadConstraints?.forEach((constraint, index) => {
    const list = `${at}.topologySpreadConstraints[${index}]`;
    const text = deprecatedNodeLabels[constraint.topologyKey];
    if (text) warnings.push(`${list}.topologyKey: ${constraint.topologyKey} is ${text}`);
    if (constraint.labelSelector === undefined) {
      warnings.push(`${list}.labelSelector: a null labelSelector results in matching no pod`);
    }
  });
  for (const [name, text] of deprecatedAnnotations) {
    if (annotations?.[name] !== undefined) warnings.push(`${prefix}metadata.annotations[${name}]: ${text}`);
  }
  volumeWarnings(warnings, spec, at);
  if (spec.volumes) warnings.push(...volumePathWarnings(spec.volumes));
  duplicateAliasWarnings(warnings, spec, at);
  spec.imagePullSecrets?.forEach(({ name = "" }, index, secrets) => {
    if (secrets.findIndex((other) => (other.name ?? "") === name) < index) {
      warnings.push(`${at}.imagePullSecrets[${index}].name: duplicate name "${name}"`);
    }
  });
  spec.imagePullSecrets?.forEach(({ name }, index) => {
    if (!name) warnings.push(`${at}.imagePullSecrets[${index}].name: invalid empty name ""`);
  });
  for (const name of ["memory", "ephemeral-storage"]) {
    const quantity = spec.overhead?.[name];
    if (quantity !== undefined && isFractionalQuantity(quantity)) {
      warnings.push(`${at}.overhead[${name}]: fractional byte value "${quantity}" is invalid, must be an integer`);
    }
  }
  const seccompWarning = (name: string) => {
    if (annotations?.[name] !== undefined) warnings.push(`${prefix}metadata.annotations[${name}]: ${seccompText}`);
  };
  if (!spec.securityContext?.seccompProfile) seccompWarning(seccompAnnotation);
  for (const list of ["initContainers", "containers", "ephemeralContainers"] as const) {
    spec[list]?.forEach((container, index) => {
      if (!container.securityContext?.seccompProfile) seccompWarning(seccompPrefix + container.name);
      // Of a pod it is told when it is taken over.
      if (prefix !== "") warnings.push(...appArmorWarnings(annotations, spec, container, prefix));
      containerWarnings(warnings, container, `${at}.${list}[${index}]`);
    });
  }
  portWarnings(warnings, spec, at);
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) {
    warnings.push(`${at}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`);
  }
  podAffinityWarnings(warnings, spec, at);
  spec.dnsConfig?.nameservers?.forEach((server, index) => {
    warnings.push(...warningsForIP(`${at}.dnsConfig.nameservers[${index}]`, server));
  });
  spec.hostAliases?.forEach(({ ip = "" }, index) => {
    warnings.push(...warningsForIP(`${at}.hostAliases[${index}].ip`, ip));
  });
  return warnings;
}

function nodeAffinityWarnings(warnings: string[], spec: Readonly<PodSpec>, at: string): void {
  const affinity = spec.affinity?.nodeAffinity;
  if (!affinity) return;
  const path = `${at}.affinity.nodeAffinity`;
  affinity.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms?.forEach((term, index) => {
    warnings.push(...nodeTermWarnings(term, `${path}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[${index}]`));
  });
  affinity.preferredDuringSchedulingIgnoredDuringExecution?.forEach(({ preference }, index) => {
    const term = `${path}.preferredDuringSchedulingIgnoredDuringExecution[${index}].preference`;
    warnings.push(...nodeTermWarnings(preference, term, true));
  });
}

function volumeWarnings(warnings: string[], spec: Readonly<PodSpec>, at: string): void {
  spec.volumes?.forEach((volume, index) => {
    const path = `${at}.volumes[${index}]`;
    warnings.push(...volumeSourceWarnings(volume, path));
    const claim = volume.ephemeral?.volumeClaimTemplate?.spec;
    if (claim) warnings.push(...claimSpecWarnings(claim, `${path}.ephemeral.volumeClaimTemplate.spec`));
  });
}

/** Amounts of storage finer than a byte can't be met exactly. */
export function claimSpecWarnings(claim: Readonly<PersistentVolumeClaimSpec> | undefined, path: string): string[] {
  return (["requests", "limits"] as const).flatMap((list) => {
    const storage = claim?.resources?.[list]?.storage;
    if (storage === undefined || isWhole(storage)) return [];
    return [`${path}.resources.${list}[storage]: fractional byte value "${storage}" is invalid, must be an integer`];
  });
}

function containerWarnings(warnings: string[], container: Container | EphemeralContainer, at: string): void {
  const { resources } = container;
  for (const name of resources ? ["memory", "ephemeral-storage"] : []) {
    for (const which of ["limits", "requests"] as const) {
      const quantity = resources?.[which]?.[name];
      if (quantity !== undefined && isFractionalQuantity(quantity)) {
        warnings.push(`${at}.resources.${which}[${name}]: fractional byte value "${quantity}" is invalid, must be an integer`);
      }
    }
  }
  container.env?.forEach((variable, index, env) => {
    const first = env.findIndex((other) => other.name === variable.name);
    // A value that takes in the one before it hides nothing.
    if (
      first < index &&
      (variable.valueFrom || variable.value === `$(${variable.name})` || !variable.value?.includes(`$(${variable.name})`))
    ) {
      warnings.push(`${at}.env[${index}]: hides previous definition of "${variable.name}", which may be dropped when using apply`);
    }
  });
}

function portWarnings(warnings: string[], spec: Readonly<PodSpec>, at: string): void {
  const seen: { key: string; hostPort: number; hostIP: string; path: string }[] = [];
  const names = new Map<string, string>();
  const nameTexts: string[] = [];
  for (const list of ["initContainers", "containers", "ephemeralContainers"] as const) {
    spec[list]?.forEach((container, index) => {
      container.ports?.forEach((port, portIndex) => {
        const path = `${at}.${list}[${index}].ports[${portIndex}]`;
        const { name = "", hostPort = 0, containerPort = 0, protocol = "TCP", hostIP = "" } = port;
        if (hostIP !== "" && hostPort === 0) {
          const shown = `{Name:${name} HostPort:0 ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`;
          warnings.push(`${path}: hostIP set without hostPort: ${shown}`);
        }
        const entry = { key: `${containerPort}/${protocol}`, hostPort, hostIP, path };
        for (const other of seen) {
          if (other.key !== entry.key) continue;
          const text = portClash(entry, other);
          if (text !== undefined) warnings.push(`${path}: ${text} port definition with ${other.path}`);
        }
        seen.push(entry);
        const first = names.get(name);
        if (name === "") return;
        if (first === undefined) names.set(name, path);
        else {
          const use = `services and probes that select ports by name will use ${first}`;
          nameTexts.push(`${path}: duplicate port name "${name}" with ${first}, ${use}`);
        }
      });
    });
  }
  warnings.push(...nameTexts);
}

interface HostPort {
  hostPort: number;
  hostIP: string;
}

function portClash(one: HostPort, other: HostPort): string | undefined {
  if (one.hostIP === other.hostIP && one.hostPort === other.hostPort) return "duplicate";
  if (one.hostPort === 0 || other.hostPort === 0) return "overlapping";
  if (one.hostPort === other.hostPort && (one.hostIP === "") !== (other.hostIP === "")) return "dangerously ambiguous";
  return undefined;
}

function duplicateAliasWarnings(warnings: string[], spec: Readonly<PodSpec>, at: string): void {
  if (!spec.hostAliases) return;
  const seen = new Set<string>();
  spec.hostAliases.forEach(({ ip }, index) => {
    if (seen.has(ip)) warnings.push(`${at}.hostAliases[${index}].ip: duplicate ip "${ip}"`);
    seen.add(ip);
  });
}

function podAffinityWarnings(warnings: string[], spec: Readonly<PodSpec>, at: string): void {
  if (!spec.affinity) return;
  const text = "a null labelSelector results in matching no pod";
  for (const name of ["podAffinity", "podAntiAffinity"] as const) {
    const path = `${at}.affinity.${name}`;
    const affinity = spec.affinity[name];
    affinity?.requiredDuringSchedulingIgnoredDuringExecution?.forEach((term, index) => {
      if (!term.labelSelector) {
        warnings.push(`${path}.requiredDuringSchedulingIgnoredDuringExecution[${index}].labelSelector: ${text}`);
      }
    });
    affinity?.preferredDuringSchedulingIgnoredDuringExecution?.forEach(({ podAffinityTerm }, index) => {
      if (podAffinityTerm?.labelSelector) return;
      warnings.push(`${path}.preferredDuringSchedulingIgnoredDuringExecution[${index}].podAffinityTerm.labelSelector: ${text}`);
    });
  }
}
