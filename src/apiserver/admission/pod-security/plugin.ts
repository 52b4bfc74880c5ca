import type { JobTemplateSpec } from "../../../api/batch/v1.ts";
import type { Pod, PodTemplateSpec } from "../../../api/core/v1.ts";
import { internalError, invalid } from "../../../machinery/errors.ts";
import { type AnyObject, deepEqual } from "../../../machinery/object.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../../admit.ts";
import type { PodSecurityMetrics } from "../../metrics/pod-security-metrics.ts";
import type { ObjectReader } from "../../object-reader.ts";
import { refuse } from "../refuse.ts";
import type { CheckedPod, Violation } from "./check.ts";
import { detailsText, PodSecurityEvaluator } from "./evaluate.ts";
import { existingPodWarnings } from "./existing-pods.ts";
import { compareLevels, formatLevel, type LevelVersion, labelledParts, laxest, type Policy, policyOf } from "./policy.ts";

const workloads = [
  "replicationcontrollers",
  "podtemplates",
  "replicasets.apps",
  "deployments.apps",
  "statefulsets.apps",
  "daemonsets.apps",
  "jobs.batch",
  "cronjobs.batch",
];

const prefix = "pod-security.kubernetes.io/";

/** Subresources of pods that change what a pod may do. */
const weighedSubresources = ["", "ephemeralcontainers", "resize"];

/** What namespaces without labels are held to, and whom nothing is held to. */
export interface PodSecurityConfiguration {
  readonly defaults: Policy;
  readonly exemptions: {
    readonly usernames: readonly string[];
    readonly namespaces: readonly string[];
    readonly runtimeClasses: readonly string[];
  };
}

const unconfigured: PodSecurityConfiguration = { defaults: laxest, exemptions: { usernames: [], namespaces: [], runtimeClasses: [] } };

/** Holds pods to the level of the Pod Security Standards that their namespace's labels say; of workloads it only warns. */
export function podSecurity(objects: ObjectReader, metrics: PodSecurityMetrics, configuration = unconfigured): AdmissionPlugin {
  const evaluator = new PodSecurityEvaluator();
  const policyFor = namespacePolicies(objects, configuration.defaults);
  const { usernames, namespaces, runtimeClasses } = configuration.exemptions;
  /** What an exemption is of. */
  const exemptionOf = ({ namespace, user }: AdmissionAttributes) =>
    namespaces.includes(namespace) ? "namespace" : usernames.includes(user.name) ? "user" : undefined;
  return {
    name: "PodSecurity",
    resources: ["namespaces", "pods", ...workloads],
    validate(attributes) {
      const { operation, resource, subresource, object } = attributes;
      if ((operation !== "CREATE" && operation !== "UPDATE") || !object) return;
      if (resource.qualifiedName === "namespaces") {
        if (subresource === "") validateNamespace(evaluator, objects, configuration, attributes, object);
        return;
      }
      const isPod = resource.qualifiedName === "pods";
      if (isPod ? !weighedSubresources.includes(subresource) : subresource !== "") return;
      const pod = isPod ? podOf(object as Pod) : templateOf(object);
      if (!pod) return;
      let exempt = exemptionOf(attributes);
      const policy = exempt === undefined ? policyFor(attributes) : laxest;
      if (exempt === undefined && isConcerned(policy, attributes, isPod)) {
        if (!runtimeClasses.includes(pod.spec.runtimeClassName ?? "")) evaluate(evaluator, policy, attributes, pod, isPod, metrics);
        else exempt = "runtimeClass";
      } else if (exempt === undefined && isPod && isFullyPrivileged(policy)) tell(metrics, attributes, "enforce", policy.enforce, true);
      if (exempt === undefined) return;
      metrics.exempted(attributes);
      attributes.annotations?.add(`${prefix}exempt`, exempt);
    },
  };
}

/** The policy of a request's namespace; read once from each state of its labels. */
function namespacePolicies(objects: ObjectReader, defaults: Policy): (attributes: AdmissionAttributes) => Policy {
  const known = new WeakMap<object, Policy>();
  return ({ namespace }) => {
    const entry = objects.get("namespaces", "", namespace);
    if (!entry) throw internalError(`failed to lookup namespace ${JSON.stringify(namespace)}`);
    const { labels } = entry.value.metadata;
    if (!labels) return defaults;
    let policy = known.get(labels);
    if (!policy) {
      ({ policy } = policyOf(labels, defaults));
      known.set(labels, policy);
    }
    return policy;
  };
}

function isFullyPrivileged({ enforce, audit, warn }: Policy): boolean {
  return enforce.level === "privileged" && audit.level === "privileged" && warn.level === "privileged";
}

function tell(
  metrics: PodSecurityMetrics,
  attributes: AdmissionAttributes,
  mode: "audit" | "enforce" | "warn",
  level: LevelVersion,
  isAllowed: boolean,
): void {
  const [, version = ""] = formatLevel(level).split(":");
  metrics.evaluated(attributes, mode, level.level, version, isAllowed);
}

/** Whether there is anything that the policy could say of the pod. */
function isConcerned(policy: Policy, { operation, object, old, annotations }: AdmissionAttributes, isPod: boolean): boolean {
  const isLax = policy.warn.level === "privileged" && policy.audit.level === "privileged";
  if (!isPod) return !isLax;
  if (isLax && policy.enforce.level === "privileged") {
    annotations?.add(`${prefix}enforce-policy`, formatLevel(laxest.enforce));
    return false;
  }
  return operation === "CREATE" || changesWhatMatters(object as Pod, old as Pod);
}

function evaluate(
  evaluator: PodSecurityEvaluator,
  { enforce, audit, warn }: Policy,
  attributes: AdmissionAttributes,
  pod: CheckedPod,
  isPod: boolean,
  metrics: PodSecurityMetrics,
): void {
  const { annotations } = attributes;
  if (isPod) annotations?.add(`${prefix}enforce-policy`, formatLevel(enforce));
  if (annotations) {
    const violations = evaluator.evaluate(audit, pod);
    if (violations.length > 0) {
      annotations.add(`${prefix}audit-violations`, wouldViolate(audit, violations));
      tell(metrics, attributes, "audit", audit, false);
    }
  }
  const violations = isPod ? evaluator.evaluate(enforce, pod) : [];
  if (isPod) tell(metrics, attributes, "enforce", enforce, violations.length === 0);
  if (violations.length > 0) throw refuse(attributes, `violates PodSecurity "${formatLevel(enforce)}": ${detailsText(violations)}`);
  const told = evaluator.evaluate(warn, pod);
  if (told.length === 0) return;
  tell(metrics, attributes, "warn", warn, false);
  attributes.warn(wouldViolate(warn, told));
}

function wouldViolate(level: LevelVersion, violations: readonly Violation[]): string {
  return `would violate PodSecurity "${formatLevel(level)}": ${detailsText(violations)}`;
}

function podOf({ metadata, spec }: Pod): CheckedPod {
  return { metadata, spec: spec ?? { containers: [] } };
}

/** Of a pod that runs little can be changed, and less of it matters here. */
function changesWhatMatters(pod: Pod, old: Pod): boolean {
  const { spec, metadata } = pod;
  const seccomp = (key: string) => metadata.annotations?.[key] !== old.metadata.annotations?.[key];
  if (seccomp("seccomp.security.alpha.kubernetes.io/pod")) return true;
  for (const kind of ["containers", "initContainers"] as const) {
    const now = spec?.[kind] ?? [];
    const before = old.spec?.[kind] ?? [];
    if (now.length !== before.length) return true;
    if (now.some(({ image }, index) => image !== before[index]?.image)) return true;
    if (now.some(({ name }) => seccomp(`container.seccomp.security.alpha.kubernetes.io/${name}`))) return true;
  }
  const known = new Map((old.spec?.ephemeralContainers ?? []).map(({ name, image }) => [name, image]));
  return (spec?.ephemeralContainers ?? []).some(({ name, image }) => known.get(name) !== image);
}

function validateNamespace(
  evaluator: PodSecurityEvaluator,
  objects: ObjectReader,
  { defaults, exemptions }: PodSecurityConfiguration,
  attributes: AdmissionAttributes,
  namespace: AnyObject,
): void {
  const { policy, errors } = policyOf(namespace.metadata.labels, defaults);
  const refusal = () => invalid({ group: "", kind: "Namespace" }, attributes.name, errors);
  const isExempt = exemptions.namespaces.includes(attributes.name);
  const tellExemption = () => {
    if (deepEqual(policy, laxest) || deepEqual(policy, defaults)) return;
    const said = labelledParts(policy, namespace.metadata.labels);
    attributes.warn(`namespace ${JSON.stringify(attributes.name)} is exempt from Pod Security, and the policy (${said}) will be ignored`);
  };
  if (attributes.operation === "CREATE") {
    if (errors.length > 0) throw refusal();
    if (isExempt) tellExemption();
    return;
  }
  const before = policyOf(attributes.old?.metadata.labels, defaults);
  // Labels that were wrong before may stay.
  const texts = (list: typeof errors) => list.map(({ text }) => text).join();
  if (errors.length > 0 && texts(errors) !== texts(before.errors)) throw refusal();
  const { enforce } = policy;
  const { enforce: old } = before.policy;
  if (enforce.level === "privileged") return;
  if (enforce.minor === old.minor && compareLevels(enforce.level, old.level) <= 0) return;
  if (isExempt) {
    tellExemption();
    return;
  }
  for (const warning of existingPodWarnings(evaluator, objects, attributes.name, enforce)) attributes.warn(warning);
}

/** The template of a workload. */
function templateOf(object: AnyObject): CheckedPod | undefined {
  const { template: own, spec } = object as {
    template?: PodTemplateSpec;
    spec?: { template?: PodTemplateSpec; jobTemplate?: JobTemplateSpec };
  };
  const template = own ?? spec?.template ?? spec?.jobTemplate?.spec?.template;
  if (!template?.spec) return undefined;
  return { metadata: template.metadata ?? {}, spec: template.spec };
}
