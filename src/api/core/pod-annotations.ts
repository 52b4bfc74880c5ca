import { type FieldPath, field, path } from "../../machinery/errors.ts";
import { complain, type Errors } from "../validation.ts";
import { allContainers } from "./pod-status.ts";
import type { AppArmorProfile, Container, EphemeralContainer, Pod, PodSpec } from "./v1.ts";
import { validateLocalPath } from "./volume-paths.ts";

export const mirrorAnnotation = "kubernetes.io/config.mirror";
export const appArmorPrefix = "container.apparmor.security.beta.kubernetes.io/";
export const seccompAnnotation = "seccomp.security.alpha.kubernetes.io/pod";
export const seccompPrefix = "container.seccomp.security.alpha.kubernetes.io/";
const localPrefix = "localhost/";
export const profileTypes: readonly string[] = ["Localhost", "RuntimeDefault", "Unconfined"];

type Annotations = Readonly<Record<string, string>>;
type AnyContainer = Container | EphemeralContainer;

/** What stays of a pod's annotations as it came with it. */
export function validateAnnotationUpdate(errors: Errors, pod: Readonly<Pod>, old: Readonly<Pod>): void {
  const at = path("metadata", "annotations");
  const next = pod.metadata.annotations ?? {};
  const before = old.metadata.annotations ?? {};
  const whatIsFixed = (name: string) =>
    name.startsWith(appArmorPrefix) ? "AppArmor annotations" : name === mirrorAnnotation ? "mirror pod annotation" : undefined;
  for (const name of Object.keys(before)) {
    const what = next[name] === before[name] ? undefined : whatIsFixed(name);
    if (what) errors.push(field.forbidden(at.key(name), `may not remove or update ${what}`));
  }
  for (const name of Object.keys(next)) {
    const what = before[name] === undefined ? whatIsFixed(name) : undefined;
    if (what) errors.push(field.forbidden(at.key(name), `may not add ${what}`));
  }
}

/** The annotations by which profiles were told before there were fields for them. */
export function validateProfileAnnotations(errors: Errors, annotations: Annotations, spec: Readonly<PodSpec>, at: FieldPath): void {
  const names = Object.keys(annotations);
  for (const name of names.filter((one) => one === seccompAnnotation || one.startsWith(seccompPrefix))) {
    const profile = annotations[name] as string;
    if (["runtime/default", "docker/default", "unconfined"].includes(profile)) continue;
    if (profile.startsWith(localPrefix)) validateLocalPath(errors, profile.slice(localPrefix.length), at.child(name));
    else errors.push(field.invalid(at.child(name), profile, "must be a valid seccomp profile"));
  }
  for (const name of names.filter((one) => one.startsWith(appArmorPrefix))) {
    const container = name.slice(appArmorPrefix.length);
    const profile = annotations[name] as string;
    if (![...allContainers(spec)].some((one) => one.name === container)) {
      errors.push(field.invalid(at.key(name), container, "container not found"));
    }
    const isKnown = ["", "runtime/default", "unconfined"].includes(profile) || profile.startsWith(localPrefix);
    if (!isKnown) complain(errors, at.key(name), profile, [`invalid AppArmor profile name: ${JSON.stringify(profile)}`]);
  }
}

/** Where both an annotation and a field tell a profile they tell the same. */
export function validateProfilesMatch(errors: Errors, annotations: Annotations | undefined, spec: Readonly<PodSpec>, at: FieldPath): void {
  if (!annotations || spec.os?.name === "windows") return;
  const compare = (what: string, annotation: string | undefined, profile: AppArmorProfile | undefined, where: FieldPath) => {
    const told = profileOf(annotation);
    if (!told || !profile || !profileTypes.includes(profile.type)) return;
    const differs =
      told.type !== profile.type ? "type" : told.localhostProfile !== profile.localhostProfile ? "localhostProfile" : undefined;
    if (!differs) return;
    const text = `${what} ${differs === "type" ? "type" : "profile"} in annotation and field must match`;
    errors.push(field.forbidden(where.child(differs), text));
  };
  const ofPod = spec.securityContext;
  compare("seccomp", annotations[seccompAnnotation], ofPod?.seccompProfile, at.child("securityContext", "seccompProfile"));
  for (const list of ["initContainers", "containers", "ephemeralContainers"] as const) {
    for (const [index, { name, securityContext: own }] of (spec[list] ?? []).entries()) {
      const where = at.child(list).index(index).child("securityContext");
      compare("seccomp", annotations[seccompPrefix + name], own?.seccompProfile, where.child("seccompProfile"));
      const appArmor = own?.appArmorProfile ?? ofPod?.appArmorProfile;
      compare("apparmor", annotations[appArmorPrefix + name], appArmor, where.child("appArmorProfile"));
    }
  }
}

/** Takes over into the containers of a new pod what its annotations tell. Says so where no field told it. */
export function applyAppArmorAnnotations(pod: Pod, warn: (text: string) => void): void {
  const { annotations } = pod.metadata;
  if (!annotations || pod.spec?.os?.name === "windows") return;
  for (const container of allContainers(pod.spec)) {
    const told = appArmorToldOf(container, pod.spec as PodSpec, annotations);
    if (!told) continue;
    warn(appArmorWarning("", told.name));
    if (told.profile) container.securityContext = { ...container.securityContext, appArmorProfile: told.profile };
  }
}

/** Of a template's container, where nothing is taken over. */
export function appArmorWarnings(
  annotations: Annotations | undefined,
  spec: Readonly<PodSpec>,
  container: AnyContainer,
  prefix: string,
): string[] {
  const told = annotations && appArmorToldOf(container, spec, annotations);
  return told ? [appArmorWarning(prefix, told.name)] : [];
}

function appArmorWarning(prefix: string, name: string): string {
  return `${prefix}metadata.annotations[${name}]: deprecated since v1.30; use the "appArmorProfile" field instead`;
}

/** The annotation that tells a container's profile where no field does. `profile`: where it can be told by a field. */
function appArmorToldOf(
  { name: container, securityContext }: AnyContainer,
  spec: Readonly<PodSpec>,
  annotations: Annotations,
): { name: string; profile?: AppArmorProfile } | undefined {
  const name = appArmorPrefix + container;
  if (annotations[name] === undefined || securityContext?.appArmorProfile) return undefined;
  const profile = profileOf(annotations[name]);
  const isUsable = profile && (profile.type !== "Localhost" || profile.localhostProfile?.trim());
  if (!isUsable) return { name };
  const ofPod = spec.securityContext?.appArmorProfile;
  return ofPod?.type === profile.type && ofPod.localhostProfile === profile.localhostProfile ? undefined : { name, profile };
}

function profileOf(annotation: string | undefined): AppArmorProfile | undefined {
  if (annotation === "unconfined") return { type: "Unconfined" };
  if (annotation === "runtime/default" || annotation === "docker/default") return { type: "RuntimeDefault" };
  if (!annotation?.startsWith(localPrefix)) return undefined;
  return { type: "Localhost", localhostProfile: annotation.slice(localPrefix.length) };
}
