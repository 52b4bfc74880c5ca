import { type FieldPath, field, path } from "../../machinery/errors.ts";
import { isLegacyIP } from "../../machinery/validation/ip.ts";
import { validateLabels } from "../../machinery/validation/labels.ts";
import { isQualifiedName, nameIsDNSSubdomain } from "../../machinery/validation/names.ts";
import { validateAnnotations } from "../../machinery/validation/object-meta.ts";
import { complain, type Errors, requireUnchanged } from "../validation.ts";
import { validateImageSpace } from "./container-validation.ts";
import { validatePodSpec } from "./pod-spec-validation.ts";
import type { ContainerStatus, Pod, PodSpec, PodTemplateSpec } from "./v1.ts";

const specPath = path("spec");
const mirrorAnnotation = "kubernetes.io/config.mirror";
const deletionCostAnnotation = "controller.kubernetes.io/pod-deletion-cost";

/** Metadata is checked before, by the rules of every object. */
export function validatePod(pod: Readonly<Pod>): Errors {
  const errors: Errors = [];
  const spec: PodSpec = pod.spec ?? { containers: [] };
  if (pod.metadata.annotations) validatePodAnnotations(errors, pod.metadata.annotations, spec, path("metadata", "annotations"));
  validatePodSpec(errors, spec, pod.metadata, true, specPath);
  if (!spec.serviceAccountName) {
    for (const [index, volume] of (spec.volumes ?? []).entries()) {
      for (const [sourceIndex, source] of (volume.projected?.sources ?? []).entries()) {
        if (!source.serviceAccountToken) continue;
        const at = specPath.child("volumes").index(index).child("projected", "sources").index(sourceIndex).child("serviceAccountToken");
        errors.push(field.forbidden(at, "must not be specified when serviceAccountName is not set"));
      }
    }
  }
  for (const list of ["containers", "initContainers"] as const) {
    for (const [index, container] of (spec[list] ?? []).entries()) {
      const image = container.image;
      if (image && image !== image.trim()) validateImageSpace(errors, container, specPath.child(list).index(index));
    }
  }
  return errors;
}

/** Beside `validatePod`, which runs too. */
export function validatePodCreate(pod: Readonly<Pod>): Errors {
  const errors: Errors = [];
  if (pod.spec?.ephemeralContainers?.length) errors.push(field.forbidden(specPath.child("ephemeralContainers"), "cannot be set on create"));
  if (pod.spec?.nodeName && pod.spec.schedulingGates?.length) {
    errors.push(field.forbidden(specPath.child("nodeName"), "cannot be set until all schedulingGates have been cleared"));
  }
  return errors;
}

function validatePodAnnotations(errors: Errors, annotations: Record<string, string>, spec: Readonly<PodSpec>, at: FieldPath): void {
  const mirror = annotations[mirrorAnnotation];
  if (mirror !== undefined && !spec.nodeName) {
    errors.push(field.invalid(at.key(mirrorAnnotation), mirror, "must set spec.nodeName if mirror pod annotation is set"));
  }
  const cost = annotations[deletionCostAnnotation];
  if (cost !== undefined && podDeletionCost(cost) === undefined) {
    errors.push(field.invalid(at.key(deletionCostAnnotation), cost, "must be a 32bit integer"));
  }
}

/** The value of the deletion-cost annotation; undefined when it is malformed. */
function podDeletionCost(text: string): number | undefined {
  if (!/^(0|-?[1-9][0-9]*)$/.test(text)) return undefined;
  const value = Number(text);
  return value >= -2147483648 && value <= 2147483647 ? value : undefined;
}

/** A template inside another object: its labels, annotations and spec. */
export function validatePodTemplate(errors: Errors, template: Readonly<PodTemplateSpec>, at: FieldPath): void {
  const metadata = template.metadata;
  const spec: PodSpec = template.spec ?? { containers: [] };
  if (metadata?.labels) errors.push(...validateLabels(metadata.labels, at.child("labels")));
  if (metadata?.annotations) {
    errors.push(...validateAnnotations(metadata.annotations, at.child("annotations")));
    validatePodAnnotations(errors, metadata.annotations, spec, at.child("annotations"));
  }
  validatePodSpec(errors, spec, undefined, false, at.child("spec"));
  if (spec.ephemeralContainers?.length) {
    errors.push(field.forbidden(at.child("spec", "ephemeralContainers"), "ephemeral containers not allowed in pod template"));
  }
}

const statusPath = path("status");

export function validatePodStatus(pod: Readonly<Pod>, old: Readonly<Pod>): Errors {
  const errors: Errors = [];
  const status = pod.status ?? {};
  const before = old.status ?? {};
  for (const [index, condition] of (status.conditions ?? []).entries()) {
    if (["PodScheduled", "Ready", "Initialized"].includes(condition.type)) continue;
    const texts = isQualifiedName(condition.type ?? "");
    if (texts.length > 0) complain(errors, statusPath.child("conditions").index(index).child("Type"), condition.type ?? "", texts);
  }
  const nominated = status.nominatedNodeName;
  if (nominated && nominated !== before.nominatedNodeName) {
    complain(errors, statusPath.child("nominatedNodeName"), nominated, nameIsDNSSubdomain(nominated, false));
  }
  requireUnchanged(errors, status.qosClass ?? "", before.qosClass ?? "", statusPath.child("qosClass"));
  const policy = old.spec?.restartPolicy;
  const sidecars = new Set((old.spec?.initContainers ?? []).filter((c) => c.restartPolicy === "Always").map((c) => c.name));
  validateTransitions(errors, status.containerStatuses, before.containerStatuses, policy, statusPath.child("containerStatuses"));
  validateTransitions(
    errors,
    status.initContainerStatuses,
    before.initContainerStatuses,
    policy,
    statusPath.child("initContainerStatuses"),
    sidecars,
  );
  validateTransitions(
    errors,
    status.ephemeralContainerStatuses,
    before.ephemeralContainerStatuses,
    "Never",
    statusPath.child("ephemeralContainerStatuses"),
  );
  validateStatusIPs(errors, status.podIPs, statusPath.child("podIPs"));
  const hostIPs = status.hostIPs;
  if (hostIPs && hostIPs.length > 0 && (status.hostIP ?? "") !== hostIPs[0]?.ip) {
    errors.push(field.invalid(statusPath.child("hostIPs").index(0).child("ip"), hostIPs[0]?.ip, "must be equal to `hostIP`"));
  }
  validateStatusIPs(errors, hostIPs, statusPath.child("hostIPs"));
  return errors;
}

/** A container that has ended for good does not come back to life. */
function validateTransitions(
  errors: Errors,
  next: readonly ContainerStatus[] | undefined,
  old: readonly ContainerStatus[] | undefined,
  restartPolicy: string | undefined,
  at: FieldPath,
  sidecars?: ReadonlySet<string>,
): void {
  if (restartPolicy === "Always" || !old) return;
  for (const [index, status] of old.entries()) {
    const terminated = status.state?.terminated;
    if (!terminated || (terminated.exitCode !== 0 && restartPolicy === "OnFailure") || sidecars?.has(status.name)) continue;
    for (const candidate of next ?? []) {
      if (candidate.name === status.name && !candidate.state?.terminated) {
        errors.push(field.forbidden(at.index(index).child("state"), "may not be transitioned to non-terminated state"));
      }
    }
  }
}

function validateStatusIPs(errors: Errors, ips: readonly { ip: string }[] | undefined, at: FieldPath): void {
  if (!ips || ips.length === 0) return;
  for (const [index, { ip }] of ips.entries()) {
    const texts = isLegacyIP(ip ?? "");
    if (texts.length > 0) complain(errors, at.index(index), ip, texts);
  }
  if (ips.length < 2) return;
  const seen = new Set<string>();
  for (const [index, entry] of ips.entries()) {
    if (seen.has(entry.ip)) errors.push(field.duplicate(at.index(index), { IP: entry.ip }));
    seen.add(entry.ip);
  }
  const families = new Set(ips.map(({ ip }) => ip.includes(":")));
  if (families.size < 2 || ips.length > 2) {
    const shown = ips.map(({ ip }) => ({ IP: ip }));
    errors.push(field.invalid(at, shown, "may specify no more than one IP for each IP family"));
  }
}
