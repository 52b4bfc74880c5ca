import type { Pod } from "../../api/core/v1.ts";
import { nameOf, namespaceOf, uidOf } from "../../machinery/object.ts";
import type { PodSandboxConfig } from "../runtime/runtime.ts";
import type { PodCgroups } from "./cgroups.ts";
import { namespaceOptions } from "./container-config.ts";
import { identityLabels } from "./labels.ts";
import { type DnsSettings, podDns } from "./pod-dns.ts";
import { type PodFiles, podHostname } from "./pod-files.ts";

/** All that the runtime is told to make a pod's sandbox. Host ports aren't in it: the service proxy's table has them. */
export async function sandboxConfig(
  pod: Pod,
  attempt: number,
  { files, cgroups, dns }: { files: PodFiles; cgroups: PodCgroups | undefined; dns: DnsSettings },
): Promise<PodSandboxConfig> {
  const logDirectory = await files.makeLogDirectory(pod);
  const { hostname, domain } = podHostname(pod, dns.clusterDomain);
  const shared = pod.spec?.securityContext;
  const privileged = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].some(
    (container) => container.securityContext?.privileged,
  );
  const sysctls: Record<string, string> = {};
  for (const sysctl of shared?.sysctls ?? []) sysctls[sysctl.name] = sysctl.value;
  return {
    metadata: { name: nameOf(pod), namespace: namespaceOf(pod), uid: uidOf(pod), attempt },
    ...(pod.spec?.hostNetwork ? {} : { hostname: pod.spec?.setHostnameAsFQDN && domain ? `${hostname}.${domain}` : hostname }),
    logDirectory,
    dns: podDns(pod, dns),
    labels: { ...pod.metadata.labels, ...identityLabels(pod) },
    annotations: { ...pod.metadata.annotations },
    ...(cgroups ? { cgroupParent: cgroups.pathOf(pod) } : {}),
    ...(Object.keys(sysctls).length > 0 ? { sysctls } : {}),
    security: {
      namespaces: namespaceOptions(pod),
      privileged,
      seccomp: { type: privileged ? "Unconfined" : "RuntimeDefault" },
      ...(shared?.runAsUser === undefined ? {} : { runAsUser: shared.runAsUser }),
      ...(shared?.runAsGroup === undefined ? {} : { runAsGroup: shared.runAsGroup }),
    },
  };
}
