import type { Pod } from "../../api/core/v1.ts";
import { keyOf, uidOf } from "../../machinery/object.ts";
import type { HostPort, HostPortSource } from "../proxy/service-proxy.ts";

/** The addresses of the pods that run here, and the host ports that lead to them. */
export class PodAddresses implements HostPortSource {
  readonly #addresses = new Map<string, readonly string[]>();
  /** Of the few pods that have any. */
  readonly #hostPorts = new Map<string, readonly HostPort[]>();
  readonly #listeners = new Set<() => void>();

  set(pod: Pod, addresses: readonly string[]): void {
    const uid = uidOf(pod);
    if (this.of(uid).join() === addresses.join()) return;
    this.#addresses.set(uid, addresses);
    const ports = hostPortsOf(pod, addresses);
    if (ports.length === 0) return;
    this.#hostPorts.set(uid, ports);
    this.#changed();
  }

  remove(pod: Pod): void {
    this.#addresses.delete(uidOf(pod));
    if (this.#hostPorts.delete(uidOf(pod))) this.#changed();
  }

  of(uid: string): readonly string[] {
    return this.#addresses.get(uid) ?? [];
  }

  list(): HostPort[] {
    return [...this.#hostPorts.values()].flat();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

function hostPortsOf(pod: Pod, podIps: readonly string[]): HostPort[] {
  if (pod.spec?.hostNetwork) return [];
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  return containers.flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostPort, hostIP: hostIp = "", protocol = "TCP", containerPort }) =>
      hostPort ? [{ pod: keyOf(pod), hostIp, hostPort, protocol: protocol as HostPort["protocol"], podIps, containerPort }] : [],
    ),
  );
}
