import type { JobTemplateSpec } from "../../../api/batch/v1.ts";
import type { Pod, PodTemplateSpec } from "../../../api/core/v1.ts";
import { internalError, invalid } from "../../../machinery/errors.ts";
import type { AnyObject } from "../../../machinery/object.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../../admit.ts";
import type { ObjectReader } from "../../object-reader.ts";
import { refuse } from "../refuse.ts";
import type { CheckedPod } from "./check.ts";
import { detailsText, PodSecurityEvaluator } from "./evaluate.ts";
import { existingPodWarnings } from "./existing-pods.ts";
import { compareLevels, formatLevel, type Policy, policyOf } from "./policy.ts";

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

/** Subresources of pods that change what a pod may do. */
const weighedSubresources = ["", "ephemeralcontainers", "resize"];

const annotationPrefix = "pod-security.kubernetes.io/";

/** Holds pods to the level of the Pod Security Standards that their namespace's labels say; of workloads it only warns. */
export function podSecurity(objects: ObjectReader): AdmissionPlugin {
  const evaluator = new PodSecurityEvaluator();
  const policyFor = namespacePolicies(objects);
  return {
    name: "PodSecurity",
    resources: ["namespaces", "pods", ...workloads],
    validate(attributes) {
      const { operation, resource, subresource, object } = attributes;
      if ((operation !== "CREATE" && operation !== "UPDATE") || !object) return;
      if (resource.qualifiedName === "namespaces") {
        if (subresource === "") validateNamespace(evaluator, objects, attributes, object);
      } else if (resource.qualifiedName === "pods") {
        if (weighedSubresources.includes(subresource)) validatePod(evaluator, policyFor(attributes), attributes, object as Pod);
      } else if (subresource === "") {
        const pod = templateOf(object);
        if (!pod) return;
        const policy = policyFor(attributes);
        audit(evaluator, policy, attributes, pod);
        warn(evaluator, policy, attributes, pod);
      }
    },
  };
}

const none = {};

/** The policy of a request's namespace; read once from each state of its labels. */
function namespacePolicies(objects: ObjectReader): (attributes: AdmissionAttributes) => Policy {
  const known = new WeakMap<object, Policy>();
  return ({ namespace }) => {
    const entry = objects.get("namespaces", "", namespace);
    if (!entry) throw internalError(`failed to lookup namespace ${JSON.stringify(namespace)}`);
    const labels = entry.value.metadata.labels ?? none;
    let policy = known.get(labels);
    if (!policy) {
      ({ policy } = policyOf(labels));
      known.set(labels, policy);
    }
    return policy;
  };
}

function validatePod(evaluator: PodSecurityEvaluator, policy: Policy, attributes: AdmissionAttributes, pod: Pod): void {
  const { annotations } = attributes;
  const told = annotations === undefined ? "privileged" : policy.audit.level;
  if (policy.enforce.level === "privileged" && policy.warn.level === "privileged" && told === "privileged") {
    annotations?.add(`${annotationPrefix}enforce-policy`, "privileged:latest");
    return;
  }
  if (attributes.operation === "UPDATE" && !changesWhatMatters(pod, attributes.old as Pod)) return;
  const checked = { metadata: pod.metadata, spec: pod.spec ?? { containers: [] } };
  annotations?.add(`${annotationPrefix}enforce-policy`, formatLevel(policy.enforce));
  audit(evaluator, policy, attributes, checked);
  const violations = evaluator.evaluate(policy.enforce, checked);
  if (violations.length > 0) {
    throw refuse(attributes, `violates PodSecurity "${formatLevel(policy.enforce)}": ${detailsText(violations)}`);
  }
  warn(evaluator, policy, attributes, checked);
}

function audit(evaluator: PodSecurityEvaluator, policy: Policy, { annotations }: AdmissionAttributes, pod: CheckedPod): void {
  if (!annotations) return;
  const violations = evaluator.evaluate(policy.audit, pod);
  if (violations.length === 0) return;
  const text = `would violate PodSecurity "${formatLevel(policy.audit)}": ${detailsText(violations)}`;
  annotations.add(`${annotationPrefix}audit-violations`, text);
}

function warn(evaluator: PodSecurityEvaluator, policy: Policy, attributes: AdmissionAttributes, pod: CheckedPod): void {
  const violations = evaluator.evaluate(policy.warn, pod);
  if (violations.length === 0) return;
  attributes.warn(`would violate PodSecurity "${formatLevel(policy.warn)}": ${detailsText(violations)}`);
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
  attributes: AdmissionAttributes,
  namespace: AnyObject,
): void {
  const { policy, errors } = policyOf(namespace.metadata.labels);
  const refusal = () => invalid({ group: "", kind: "Namespace" }, attributes.name, errors);
  if (attributes.operation === "CREATE") {
    if (errors.length > 0) throw refusal();
    return;
  }
  const before = policyOf(attributes.old?.metadata.labels);
  // Labels that were wrong before may stay.
  const texts = (list: typeof errors) => list.map(({ text }) => text).join();
  if (errors.length > 0 && texts(errors) !== texts(before.errors)) throw refusal();
  const { enforce } = policy;
  const { enforce: old } = before.policy;
  if (enforce.level === "privileged") return;
  if (enforce.minor === old.minor && compareLevels(enforce.level, old.level) <= 0) return;
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
