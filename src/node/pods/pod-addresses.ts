import { hostPorts } from "../../api/core/pod-ports.ts";
import type { Pod } from "../../api/core/v1.ts";
import { keyOf, uidOf } from "../../machinery/object.ts";
import type { HostPort, HostPortSource } from "../proxy/service-proxy.ts";

/** The addresses of the pods that run here, and the host ports that lead to them. */
export class PodAddresses implements HostPortSource {
  readonly #pods = new Map<string, { pod: Pod; addresses: readonly string[] }>();
  readonly #listeners = new Set<() => void>();

  set(pod: Pod, addresses: readonly string[]): void {
    const before = this.#pods.get(uidOf(pod));
    this.#pods.set(uidOf(pod), { pod, addresses });
    if (before?.addresses.join() !== addresses.join()) this.#changed(pod);
  }

  remove(pod: Pod): void {
    if (this.#pods.delete(uidOf(pod))) this.#changed(pod);
  }

  of(uid: string): readonly string[] {
    return this.#pods.get(uid)?.addresses ?? [];
  }

  list(): HostPort[] {
    const ports: HostPort[] = [];
    for (const { pod, addresses } of this.#pods.values()) {
      if (pod.spec?.hostNetwork) continue;
      for (const container of [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])]) {
        for (const port of container.ports ?? []) {
          if (!port.hostPort) continue;
          ports.push({
            pod: keyOf(pod),
            hostIp: port.hostIP ?? "",
            hostPort: port.hostPort,
            protocol: (port.protocol ?? "TCP") as HostPort["protocol"],
            podIps: addresses,
            containerPort: port.containerPort,
          });
        }
      }
    }
    return ports;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #changed(pod: Pod): void {
    if (hostPorts(pod.spec).length === 0) return;
    for (const listener of this.#listeners) listener();
  }
}
