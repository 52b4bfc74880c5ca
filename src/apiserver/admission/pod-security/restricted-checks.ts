import type { Volume } from "../../../api/core/v1.ts";
import { checkProcMount } from "./baseline-checks.ts";
import {
  type Check,
  type CheckedPod,
  containersText,
  containersWhere,
  isInUserNamespace,
  isWindows,
  plural,
  quoted,
  settersText,
  sorted,
  type Violation,
} from "./check.ts";
import { badSeccompTypes, missingSeccompType } from "./seccomp.ts";

function checkEscalation(pod: CheckedPod): Violation | undefined {
  const containers = containersWhere(pod, ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false);
  if (containers.length === 0) return undefined;
  const detail = `${containersText(containers)} must set securityContext.allowPrivilegeEscalation=false`;
  return { reason: "allowPrivilegeEscalation != false", detail };
}

function checkCapabilities(pod: CheckedPod): Violation | undefined {
  const forbidden: string[] = [];
  const keeping = containersWhere(pod, ({ securityContext }) => !securityContext?.capabilities?.drop?.includes("ALL"));
  const adding = containersWhere(pod, ({ securityContext }) => {
    const added = (securityContext?.capabilities?.add ?? []).filter((name) => name !== "NET_BIND_SERVICE");
    forbidden.push(...added);
    return added.length > 0;
  });
  const details = [
    ...(keeping.length > 0 ? [`${containersText(keeping)} must set securityContext.capabilities.drop=["ALL"]`] : []),
    ...(adding.length > 0
      ? [`${containersText(adding)} must not include ${quoted(sorted(forbidden))} in securityContext.capabilities.add`]
      : []),
  ];
  return details.length > 0 ? { reason: "unrestricted capabilities", detail: details.join("; ") } : undefined;
}

const allowedVolumes = new Set([
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "image",
  "persistentVolumeClaim",
  "projected",
  "secret",
]);

function volumeType(volume: Volume): string {
  return Object.keys(volume).find((key) => key !== "name" && volume[key as keyof Volume] !== undefined) ?? "unknown";
}

function checkVolumes({ spec }: CheckedPod): Violation | undefined {
  const bad = (spec.volumes ?? []).filter((volume) => !allowedVolumes.has(volumeType(volume)));
  if (bad.length === 0) return undefined;
  const types = sorted(bad.map(volumeType));
  const uses = plural("uses", "use", bad.length);
  const what = plural("restricted volume type", "restricted volume types", types.length);
  const names = quoted(bad.map(({ name }) => name));
  return {
    reason: "restricted volume types",
    detail: `${plural("volume", "volumes", bad.length)} ${names} ${uses} ${what} ${quoted(types)}`,
  };
}

function checkNonRoot(pod: CheckedPod): Violation | undefined {
  const reason = "runAsNonRoot != true";
  const ofPod = pod.spec.securityContext?.runAsNonRoot;
  const explicit = containersWhere(pod, ({ securityContext }) => securityContext?.runAsNonRoot === false);
  const setters = settersText(ofPod === false, explicit);
  if (setters !== "") return { reason, detail: `${setters} must not set securityContext.runAsNonRoot=false` };
  if (ofPod === true) return undefined;
  const implicit = containersWhere(pod, ({ securityContext }) => securityContext?.runAsNonRoot === undefined);
  if (implicit.length === 0) return undefined;
  return { reason, detail: `pod or ${containersText(implicit)} must set securityContext.runAsNonRoot=true` };
}

function checkUser(pod: CheckedPod): Violation | undefined {
  const containers = containersWhere(pod, ({ securityContext }) => securityContext?.runAsUser === 0);
  const setters = settersText(pod.spec.securityContext?.runAsUser === 0, containers);
  return setters === "" ? undefined : { reason: "runAsUser=0", detail: `${setters} must not set runAsUser=0` };
}

const checkSeccomp = (pod: CheckedPod) => badSeccompTypes(pod) ?? missingSeccompType(pod);

type Test = Check["check"];
const unlessWindows =
  (check: Test): Test =>
  (pod) =>
    isWindows(pod) ? undefined : check(pod);
/** Who is root in a user namespace of its own is nobody outside. */
const unlessInUserNamespace =
  (check: Test): Test =>
  (pod) =>
    isInUserNamespace(pod) ? undefined : check(pod);

const level = "restricted";

export const restrictedChecks: readonly Check[] = [
  { id: "allowPrivilegeEscalation", level, since: 8, check: checkEscalation },
  { id: "allowPrivilegeEscalation", level, since: 25, check: unlessWindows(checkEscalation) },
  { id: "capabilities_restricted", level, since: 22, overrides: "capabilities_baseline", check: checkCapabilities },
  { id: "capabilities_restricted", level, since: 25, overrides: "capabilities_baseline", check: unlessWindows(checkCapabilities) },
  { id: "procMount_restricted", level, since: 35, overrides: "procMount", check: checkProcMount },
  { id: "restrictedVolumes", level, since: 0, overrides: "hostPathVolumes", check: checkVolumes },
  { id: "runAsNonRoot", level, since: 0, check: checkNonRoot },
  { id: "runAsNonRoot", level, since: 35, check: unlessInUserNamespace(checkNonRoot) },
  { id: "runAsUser", level, since: 23, check: checkUser },
  { id: "runAsUser", level, since: 35, check: unlessInUserNamespace(checkUser) },
  { id: "seccompProfile_restricted", level, since: 19, overrides: "seccompProfile_baseline", check: checkSeccomp },
  { id: "seccompProfile_restricted", level, since: 25, overrides: "seccompProfile_baseline", check: unlessWindows(checkSeccomp) },
];
