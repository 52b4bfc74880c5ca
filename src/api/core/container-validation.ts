import type { FieldPath } from "../../machinery/errors.ts";
import { field } from "../../machinery/errors.ts";
import { isDNS1123Label, isPortName, isPortNumber } from "../../machinery/validation/names.ts";
import { complain, type Errors, requirePresentOneOf } from "../validation.ts";
import { validateEnv, validateEnvFrom } from "./env-validation.ts";
import type { PodFacts } from "./pod-facts.ts";
import { validateLifecycle, validateLivenessProbe, validateReadinessProbe, validateStartupProbe } from "./probe-validation.ts";
import { validateResourceRequirements } from "./resource-validation.ts";
import { validateSecurityContext } from "./security-validation.ts";
import type { Container, ContainerPort, EphemeralContainer } from "./v1.ts";
import { validateVolumeDevices, validateVolumeMounts } from "./volume-mount-validation.ts";

const protocols = ["SCTP", "TCP", "UDP"];
const pullPolicies = ["Always", "IfNotPresent", "Never"];
const initOnly = "may not be set for init containers without restartPolicy=Always";

export function validateContainers(errors: Errors, containers: readonly Container[] | undefined, pod: PodFacts, path: FieldPath): void {
  if (!containers || containers.length === 0) {
    errors.push(field.required(path));
    return;
  }
  const names = new Set<string>();
  for (const [index, container] of containers.entries()) {
    const at = path.index(index);
    validateCommon(errors, container, pod, at);
    if (names.has(container.name)) errors.push(field.duplicate(at.child("name"), container.name));
    names.add(container.name);
    validateRunning(errors, container, pod, at);
    validateRestartPolicy(errors, container, false, at);
  }
  validateHostPorts(errors, containers, path);
}

export function validateInitContainers(errors: Errors, pod: PodFacts, path: FieldPath): void {
  const names = new Set((pod.spec.containers ?? []).map((container) => container.name));
  for (const [index, container] of (pod.spec.initContainers ?? []).entries()) {
    const at = path.index(index);
    validateCommon(errors, container, pod, at);
    validateRestartPolicy(errors, container, true, at);
    if (names.has(container.name)) errors.push(field.duplicate(at.child("name"), container.name));
    else if (container.name) names.add(container.name);
    // One by one: init containers that end don't run at the same time. The index in the path is upstream's slip.
    validateHostPorts(errors, [container], path);
    if (container.restartPolicy === "Always") {
      validateRunning(errors, container, pod, at);
      continue;
    }
    for (const name of ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] as const) {
      if (container[name]) errors.push(field.forbidden(at.child(name), initOnly));
    }
    for (const [resource, { restartPolicy }] of (container.resizePolicy ?? []).entries()) {
      if (restartPolicy !== "RestartContainer") continue;
      const detail = "must not be set to 'RestartContainer' for non-sidecar initContainers";
      errors.push(field.invalid(at.child("resizePolicy").index(resource).child("restartPolicy"), restartPolicy, detail));
    }
  }
}

const forbiddenInEphemeral = [
  "ports",
  "resources",
  "resizePolicy",
  "restartPolicy",
  "restartPolicyRules",
  "livenessProbe",
  "readinessProbe",
  "startupProbe",
  "lifecycle",
] as const;

export function validateEphemeralContainers(errors: Errors, pod: PodFacts, path: FieldPath): void {
  const ephemeral = pod.spec.ephemeralContainers;
  if (!ephemeral || ephemeral.length === 0) return;
  const targets = new Set([...(pod.spec.containers ?? []), ...(pod.spec.initContainers ?? [])].map((container) => container.name));
  const names = new Set(targets);
  const text = "cannot be set for an Ephemeral Container";
  for (const [index, container] of ephemeral.entries()) {
    const at = path.index(index);
    validateCommon(errors, container, pod, at);
    validateImageSpace(errors, container, at);
    if (names.has(container.name)) errors.push(field.duplicate(at.child("name"), container.name));
    names.add(container.name);
    if (container.targetContainerName && !targets.has(container.targetContainerName)) {
      errors.push(field.notFound(at.child("targetContainerName"), container.targetContainerName));
    }
    for (const name of forbiddenInEphemeral) {
      const value = container[name];
      // Everything empty is there, but for resources, which upstream always has.
      const absent = value === undefined || (name === "resources" && Object.keys(value).length === 0);
      if (!absent) errors.push(field.forbidden(at.child(name), text));
    }
    for (const [mountIndex, mount] of (container.volumeMounts ?? []).entries()) {
      for (const name of ["subPath", "subPathExpr"] as const) {
        if (mount[name]) errors.push(field.forbidden(at.child("volumeMounts").index(mountIndex).child(name), text));
      }
    }
  }
}

/** Pods, unlike templates, refuse an image with space around it. */
export function validateImageSpace(errors: Errors, container: { image?: string }, path: FieldPath): void {
  const image = container.image ?? "";
  if (image !== image.trim()) errors.push(field.invalid(path.child("image"), image, "must not have leading or trailing whitespace"));
}

function validateCommon(errors: Errors, container: Container | EphemeralContainer, pod: PodFacts, path: FieldPath): void {
  if (!container.name) errors.push(field.required(path.child("name")));
  else complain(errors, path.child("name"), container.name, isDNS1123Label(container.name));
  if (!container.image) errors.push(field.required(path.child("image")));
  requirePresentOneOf(errors, container.terminationMessagePolicy, ["File", "FallbackToLogsOnError"], path, "terminationMessagePolicy");
  validatePorts(errors, container.ports, path);
  validateEnv(errors, container.env, path);
  validateEnvFrom(errors, container.envFrom, path);
  validateVolumeMounts(errors, container, pod.volumes, path);
  validateVolumeDevices(errors, container, pod.volumes, path);
  requirePresentOneOf(errors, container.imagePullPolicy, pullPolicies, path, "imagePullPolicy");
  validateResourceRequirements(errors, container.resources, path.child("resources"), pod.claims);
  validateResizePolicy(errors, container, pod, path);
  validateSecurityContext(errors, container.securityContext, pod, path);
}

function validateRunning(errors: Errors, container: Container, pod: PodFacts, path: FieldPath): void {
  const grace = pod.spec.terminationGracePeriodSeconds;
  validateLifecycle(errors, container.lifecycle, grace, path);
  validateLivenessProbe(errors, container.livenessProbe, grace, path);
  validateReadinessProbe(errors, container.readinessProbe, grace, path);
  validateStartupProbe(errors, container.startupProbe, grace, path);
}

const restartOperators = ["In", "NotIn"];
const restartActions = ["Restart", "RestartAllContainers"];

function validateRestartPolicy(errors: Errors, container: Container, isInit: boolean, path: FieldPath): void {
  const rules = container.restartPolicyRules;
  if (container.restartPolicy === undefined) {
    if (rules?.length) errors.push(field.required(path.child("restartPolicy"), "must specify restartPolicy when restart rules are used"));
    // Upstream looks no further at those of init containers.
    if (isInit || !rules?.length) return;
  } else if (!["Always", "Never", "OnFailure"].includes(container.restartPolicy)) {
    errors.push(field.notSupported(path.child("restartPolicy"), container.restartPolicy, ["Always", "Never", "OnFailure"]));
  }
  if (rules && rules.length > 20) errors.push(field.tooMany(path.child("restartPolicyRules"), rules.length, 20));
  for (const [index, rule] of (rules ?? []).entries()) {
    const at = path.child("restartPolicyRules").index(index);
    if (!restartActions.includes(rule.action)) errors.push(field.notSupported(at.child("action"), rule.action ?? "", restartActions));
    if (!rule.exitCodes) {
      errors.push(field.required(at.child("exitCodes"), "must be specified"));
      continue;
    }
    const { operator, values } = rule.exitCodes;
    if (!restartOperators.includes(operator))
      errors.push(field.notSupported(at.child("exitCodes", "operator"), operator ?? "", restartOperators));
    if (values && values.length > 255) errors.push(field.tooMany(at.child("exitCodes", "values"), values.length, 255));
  }
}

function validatePorts(errors: Errors, ports: readonly ContainerPort[] | undefined, path: FieldPath): void {
  if (!ports) return;
  const names = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const at = path.child("ports").index(index);
    if (port.name) {
      const texts = isPortName(port.name);
      if (texts.length > 0) complain(errors, at.child("name"), port.name, texts);
      else if (names.has(port.name)) errors.push(field.duplicate(at.child("name"), port.name));
      else names.add(port.name);
    }
    if (!port.containerPort) errors.push(field.required(at.child("containerPort")));
    else complain(errors, at.child("containerPort"), port.containerPort, isPortNumber(port.containerPort));
    if (port.hostPort) complain(errors, at.child("hostPort"), port.hostPort, isPortNumber(port.hostPort));
    requirePresentOneOf(errors, port.protocol, protocols, at, "protocol");
  }
}

function validateHostPorts(errors: Errors, containers: readonly Container[], path: FieldPath): void {
  let taken: Set<string> | undefined;
  for (const [index, container] of containers.entries()) {
    for (const [portIndex, port] of (container.ports ?? []).entries()) {
      if (!port.hostPort) continue;
      const key = `${port.protocol ?? ""}/${port.hostIP ?? ""}/${port.hostPort}`;
      taken ??= new Set();
      if (taken.has(key)) errors.push(field.duplicate(path.index(index).child("ports").index(portIndex).child("hostPort"), key));
      else taken.add(key);
    }
  }
}

const resizable = ["cpu", "memory"];
const resizePolicies = ["NotRequired", "RestartContainer"];

function validateResizePolicy(errors: Errors, container: Container | EphemeralContainer, pod: PodFacts, path: FieldPath): void {
  if (!container.resizePolicy) return;
  const at = path.child("resizePolicy");
  const seen = new Set<string>();
  for (const [index, policy] of container.resizePolicy.entries()) {
    if (seen.has(policy.resourceName)) errors.push(field.duplicate(at.index(index), policy.resourceName));
    seen.add(policy.resourceName);
    for (const [value, supported] of [
      [policy.resourceName, resizable],
      [policy.restartPolicy, resizePolicies],
    ] as const) {
      if (!value) errors.push(field.required(at));
      else if (!supported.includes(value)) errors.push(field.notSupported(at, value, supported));
    }
    if (pod.spec.restartPolicy === "Never" && policy.restartPolicy !== "NotRequired") {
      errors.push(field.invalid(at, policy.restartPolicy, "must be 'NotRequired' when pod `restartPolicy` is 'Never'"));
    }
  }
}
