import { appArmorPrefix } from "../../../api/core/pod-annotations.ts";
import type { Lifecycle, Probe, SELinuxOptions } from "../../../api/core/v1.ts";
import {
  type Check,
  type CheckedPod,
  containersOf,
  containersText,
  containersWhere,
  isInUserNamespace,
  plural,
  quoted,
  settersText,
  sorted,
  type Violation,
} from "./check.ts";
import { badSeccompTypes } from "./seccomp.ts";

const baselineCapabilities = new Set(
  "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT".split(" "),
);

function checkAppArmor(pod: CheckedPod): Violation | undefined {
  const types: string[] = [];
  const isBad = (type: string | undefined) => {
    if (type === undefined || type === "RuntimeDefault" || type === "Localhost") return false;
    types.push(type);
    return true;
  };
  const ofPod = isBad(pod.spec.securityContext?.appArmorProfile?.type);
  const containers = containersWhere(pod, ({ securityContext }) => isBad(securityContext?.appArmorProfile?.type));
  const annotations: string[] = [];
  for (const [key, value] of Object.entries(pod.metadata.annotations ?? {})) {
    if (!key.startsWith(appArmorPrefix) || value === "" || value === "runtime/default" || value.startsWith("localhost/")) continue;
    annotations.push(`${key}=${JSON.stringify(value)}`);
  }
  const values = sorted([...types, ...annotations]);
  if (values.length === 0) return undefined;
  const setters = [settersText(ofPod, containers)].filter((text) => text !== "");
  if (annotations.length > 0) setters.push(plural("annotation", "annotations", annotations.length));
  return {
    reason: plural("forbidden AppArmor profile", "forbidden AppArmor profiles", values.length),
    detail: `${setters.join(" and ")} must not set AppArmor profile type to ${quoted(values)}`,
  };
}

function checkCapabilities(pod: CheckedPod): Violation | undefined {
  const bad: string[] = [];
  const containers = containersWhere(pod, ({ securityContext }) => {
    const added = (securityContext?.capabilities?.add ?? []).filter((name) => !baselineCapabilities.has(name));
    bad.push(...added);
    return added.length > 0;
  });
  if (containers.length === 0) return undefined;
  const detail = `${containersText(containers)} must not include ${quoted(sorted(bad))} in securityContext.capabilities.add`;
  return { reason: "non-default capabilities", detail };
}

function checkHostNamespaces({ spec }: CheckedPod): Violation | undefined {
  const set = (["hostNetwork", "hostPID", "hostIPC"] as const).filter((name) => spec[name]).map((name) => `${name}=true`);
  return set.length > 0 ? { reason: "host namespaces", detail: set.join(", ") } : undefined;
}

function checkHostPaths({ spec }: CheckedPod): Violation | undefined {
  const names = (spec.volumes ?? []).filter(({ hostPath }) => hostPath).map(({ name }) => name);
  if (names.length === 0) return undefined;
  return { reason: "hostPath volumes", detail: `${plural("volume", "volumes", names.length)} ${quoted(names)}` };
}

function checkHostPorts(pod: CheckedPod): Violation | undefined {
  const all: string[] = [];
  const containers = containersWhere(pod, ({ ports }) => {
    const used = (ports ?? []).flatMap(({ hostPort }) => (hostPort ? [String(hostPort)] : []));
    all.push(...used);
    return used.length > 0;
  });
  if (containers.length === 0) return undefined;
  const ports = sorted(all);
  const uses = plural("uses", "use", containers.length);
  return {
    reason: "hostPort",
    detail: `${containersText(containers)} ${uses} ${plural("hostPort", "hostPorts", ports.length)} ${ports.join(", ")}`,
  };
}

function checkHostProbes(pod: CheckedPod): Violation | undefined {
  const all: string[] = [];
  const containers = containersWhere(pod, ({ livenessProbe, readinessProbe, startupProbe, lifecycle }) => {
    const hosts = [...[livenessProbe, readinessProbe, startupProbe].flatMap(probeHosts), ...lifecycleHosts(lifecycle)];
    all.push(...hosts);
    return hosts.length > 0;
  });
  if (containers.length === 0) return undefined;
  const hosts = sorted(all);
  const what = plural("probe or lifecycle host", "probe or lifecycle hosts", hosts.length);
  const uses = plural("uses", "use", containers.length);
  return { reason: "probe or lifecycle host", detail: `${containersText(sorted(containers))} ${uses} ${what} ${quoted(hosts)}` };
}

function probeHosts(probe: Pick<Probe, "httpGet" | "tcpSocket"> | undefined): string[] {
  return [probe?.httpGet?.host, probe?.tcpSocket?.host].filter((host): host is string => !!host);
}

function lifecycleHosts(lifecycle: Lifecycle | undefined): string[] {
  return [lifecycle?.postStart, lifecycle?.preStop].flatMap((handler) => probeHosts(handler));
}

function checkPrivileged(pod: CheckedPod): Violation | undefined {
  const containers = containersWhere(pod, ({ securityContext }) => securityContext?.privileged === true);
  if (containers.length === 0) return undefined;
  return { reason: "privileged", detail: `${containersText(containers)} must not set securityContext.privileged=true` };
}

function checkProcMount(pod: CheckedPod): Violation | undefined {
  const types: string[] = [];
  const containers = containersWhere(pod, ({ securityContext }) => {
    const type = securityContext?.procMount;
    if (type === undefined || type === "Default") return false;
    types.push(type);
    return true;
  });
  if (containers.length === 0) return undefined;
  return {
    reason: "procMount",
    detail: `${containersText(containers)} must not set securityContext.procMount to ${quoted(sorted(types))}`,
  };
}

function seLinuxCheck(allowed: readonly string[]) {
  return (pod: CheckedPod): Violation | undefined => {
    const types: string[] = [];
    let user = false;
    let role = false;
    const isBad = (options: SELinuxOptions | undefined) => {
      if (!options) return false;
      const badType = !allowed.includes(options.type ?? "");
      if (badType) types.push(options.type ?? "");
      if (options.user) user = true;
      if (options.role) role = true;
      return badType || !!options.user || !!options.role;
    };
    const ofPod = isBad(pod.spec.securityContext?.seLinuxOptions);
    const containers = containersWhere(pod, ({ securityContext }) => isBad(securityContext?.seLinuxOptions));
    const setters = settersText(ofPod, containers);
    if (setters === "") return undefined;
    const bad = sorted(types);
    const data = [
      ...(bad.length > 0 ? [`${plural("type", "types", bad.length)} ${quoted(bad)}`] : []),
      ...(user ? ["user may not be set"] : []),
      ...(role ? ["role may not be set"] : []),
    ];
    return { reason: "seLinuxOptions", detail: `${setters} set forbidden securityContext.seLinuxOptions: ${data.join("; ")}` };
  };
}

const podSeccomp = "seccomp.security.alpha.kubernetes.io/pod";
const containerSeccomp = "container.seccomp.security.alpha.kubernetes.io/";

/** As it was when profiles were annotations. */
function checkSeccompAnnotations(pod: CheckedPod): Violation | undefined {
  const annotations = pod.metadata.annotations ?? {};
  const isAllowed = (value: string) =>
    value === "" || value === "runtime/default" || value === "docker/default" || value.startsWith("localhost/");
  const keys = [podSeccomp, ...Array.from(containersOf(pod), ({ name }) => `${containerSeccomp}${name}`)];
  const bad = keys.filter((key) => annotations[key] !== undefined && !isAllowed(annotations[key]));
  if (bad.length === 0) return undefined;
  const texts = sorted(bad.map((key) => `${key}=${JSON.stringify(annotations[key])}`));
  return { reason: "seccompProfile", detail: `forbidden ${plural("annotation", "annotations", bad.length)} ${texts.join(", ")}` };
}

function checkSeccomp(pod: CheckedPod): Violation | undefined {
  return badSeccompTypes(pod);
}

const safeSysctls = [
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.ping_group_range",
  "net.ipv4.ip_unprivileged_port_start",
];
const keepaliveSysctls = [
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
];
const bufferSysctls = ["net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"];

function sysctlCheck(...allowed: readonly string[]) {
  const known = new Set(allowed);
  return ({ spec }: CheckedPod): Violation | undefined => {
    const bad = (spec.securityContext?.sysctls ?? []).map(({ name }) => name).filter((name) => !known.has(name));
    return bad.length > 0 ? { reason: "forbidden sysctls", detail: bad.join(", ") } : undefined;
  };
}

function checkHostProcess(pod: CheckedPod): Violation | undefined {
  const ofPod = pod.spec.securityContext?.windowsOptions?.hostProcess === true;
  const containers = containersWhere(pod, ({ securityContext }) => securityContext?.windowsOptions?.hostProcess === true);
  const setters = settersText(ofPod, containers);
  if (setters === "") return undefined;
  return { reason: "hostProcess", detail: `${setters} must not set securityContext.windowsOptions.hostProcess=true` };
}

const seLinuxTypes = ["", "container_t", "container_init_t", "container_kvm_t"];
const level = "baseline";
const none = () => undefined;

export const baselineChecks: readonly Check[] = [
  { id: "appArmorProfile", level, since: 0, check: checkAppArmor },
  { id: "capabilities_baseline", level, since: 0, check: checkCapabilities },
  { id: "hostNamespaces", level, since: 0, check: checkHostNamespaces },
  { id: "hostPathVolumes", level, since: 0, check: checkHostPaths },
  { id: "hostPorts", level, since: 0, check: checkHostPorts },
  { id: "hostProbesAndHostLifecycle", level, since: 0, check: none },
  { id: "hostProbesAndHostLifecycle", level, since: 34, check: checkHostProbes },
  { id: "privileged", level, since: 0, check: checkPrivileged },
  { id: "procMount", level, since: 0, check: checkProcMount },
  { id: "procMount", level, since: 35, check: (pod) => (isInUserNamespace(pod) ? undefined : checkProcMount(pod)) },
  { id: "seLinuxOptions", level, since: 0, check: seLinuxCheck(seLinuxTypes) },
  { id: "seLinuxOptions", level, since: 31, check: seLinuxCheck([...seLinuxTypes, "container_engine_t"]) },
  { id: "seccompProfile_baseline", level, since: 0, check: checkSeccompAnnotations },
  { id: "seccompProfile_baseline", level, since: 19, check: checkSeccomp },
  { id: "sysctls", level, since: 0, check: sysctlCheck(...safeSysctls) },
  { id: "sysctls", level, since: 27, check: sysctlCheck(...safeSysctls, "net.ipv4.ip_local_reserved_ports") },
  { id: "sysctls", level, since: 29, check: sysctlCheck(...safeSysctls, "net.ipv4.ip_local_reserved_ports", ...keepaliveSysctls) },
  {
    id: "sysctls",
    level,
    since: 32,
    check: sysctlCheck(...safeSysctls, "net.ipv4.ip_local_reserved_ports", ...keepaliveSysctls, ...bufferSysctls),
  },
  { id: "windowsHostProcess", level, since: 0, check: checkHostProcess },
];

export { checkProcMount };
