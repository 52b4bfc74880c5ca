import { type CheckedPod, containersText, containersWhere, quoted, settersText, sorted, type Violation } from "./check.ts";

const isAllowed = (type: string) => type === "RuntimeDefault" || type === "Localhost";

/** Who sets a seccomp profile that both levels forbid. */
export function badSeccompTypes(pod: CheckedPod): Violation | undefined {
  const types: string[] = [];
  const isBad = (type: string | undefined) => {
    if (type === undefined || isAllowed(type)) return false;
    types.push(type);
    return true;
  };
  const ofPod = isBad(pod.spec.securityContext?.seccompProfile?.type);
  const containers = containersWhere(pod, ({ securityContext }) => isBad(securityContext?.seccompProfile?.type));
  const setters = settersText(ofPod, containers);
  if (setters === "") return undefined;
  return { reason: "seccompProfile", detail: `${setters} must not set securityContext.seccompProfile.type to ${quoted(sorted(types))}` };
}

/** The restricted level wants a profile to be named. */
export function missingSeccompType(pod: CheckedPod): Violation | undefined {
  if (pod.spec.securityContext?.seccompProfile) return undefined;
  const containers = containersWhere(pod, ({ securityContext }) => !securityContext?.seccompProfile);
  if (containers.length === 0) return undefined;
  const detail = `pod or ${containersText(containers)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`;
  return { reason: "seccompProfile", detail };
}
