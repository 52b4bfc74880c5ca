import { targetPortOf } from "../../api/core/pod-ports.ts";
import { isPodReady, isPodTerminal } from "../../api/core/pod-status.ts";
import type { EndpointAddress, EndpointPort, EndpointSubset, Pod, Service } from "../../api/core/v1.ts";
import { nameOf, namespaceOf, uidOf } from "../../machinery/object.ts";
import { endpointHostname, podAddress } from "./service-pods.ts";

/** An Endpoints object tells no more addresses than this. */
export const maxAddresses = 1000;

interface Candidate {
  address: EndpointAddress;
  ready: boolean;
  ports: EndpointPort[];
}

/**
 * The subsets of a service, in upstream's form: ports with the same addresses stand together, so a pod whose ports differ from
 * the others' is named in more than one subset.
 */
export function subsetsOf(service: Service, pods: readonly Pod[]): { subsets: EndpointSubset[]; truncated: boolean } {
  const all = candidatesOf(service, pods);
  const truncated = all.length > maxAddresses;
  // Addresses that can't serve are the first to be left out.
  const kept = truncated ? [...all.filter(({ ready }) => ready), ...all.filter(({ ready }) => !ready)].slice(0, maxAddresses) : all;
  kept.sort((a, b) => compare(a.address.ip, b.address.ip) || compare(a.address.targetRef?.uid, b.address.targetRef?.uid));
  const byPort = new Map<string, { port: EndpointPort | undefined; members: number[] }>();
  kept.forEach(({ ports }, index) => {
    for (const port of ports.length > 0 ? ports : [undefined]) {
      const key = port ? JSON.stringify(port) : "";
      const entry = byPort.get(key);
      if (entry) entry.members.push(index);
      else byPort.set(key, { port, members: [index] });
    }
  });
  const bySet = new Map<string, { ports: EndpointPort[]; members: number[] }>();
  for (const { port, members } of byPort.values()) {
    const key = members.join();
    const entry = bySet.get(key) ?? { ports: [], members };
    bySet.set(key, entry);
    if (port) entry.ports.push(port);
  }
  const subsets = [...bySet.values()].map(({ ports, members }): EndpointSubset => {
    const addresses = members.filter((index) => kept[index]?.ready).map((index) => (kept[index] as Candidate).address);
    const notReadyAddresses = members.filter((index) => !kept[index]?.ready).map((index) => (kept[index] as Candidate).address);
    return {
      ...(addresses.length > 0 ? { addresses } : {}),
      ...(notReadyAddresses.length > 0 ? { notReadyAddresses } : {}),
      ...(ports.length > 0 ? { ports: ports.sort(comparePorts) } : {}),
    };
  });
  // Any fixed order will do: what counts is that the same pods give the same object.
  subsets.sort((a, b) => (a.ports?.[0] && b.ports?.[0] ? comparePorts(a.ports[0], b.ports[0]) : 0));
  return { subsets, truncated };
}

function candidatesOf(service: Service, pods: readonly Pod[]): Candidate[] {
  const family = service.spec?.ipFamilies?.[0] === "IPv6" ? "IPv6" : "IPv4";
  const publish = service.spec?.publishNotReadyAddresses === true;
  const wantedPorts = service.spec?.ports ?? [];
  const candidates: Candidate[] = [];
  for (const pod of pods) {
    const ip = podAddress(pod, family);
    if (!ip || isPodTerminal(pod) || (pod.metadata.deletionTimestamp && !publish)) continue;
    const ports: EndpointPort[] = [];
    for (const port of wantedPorts) {
      const number = targetPortOf(pod.spec, port);
      if (number === undefined) continue;
      ports.push({
        ...(port.name ? { name: port.name } : {}),
        port: number,
        protocol: port.protocol ?? "TCP",
        ...(port.appProtocol ? { appProtocol: port.appProtocol } : {}),
      });
    }
    if (ports.length === 0 && wantedPorts.length > 0) continue;
    const hostname = endpointHostname(pod, service);
    const address: EndpointAddress = {
      ip,
      ...(hostname ? { hostname } : {}),
      ...(pod.spec?.nodeName ? { nodeName: pod.spec.nodeName } : {}),
      targetRef: { kind: "Pod", namespace: namespaceOf(pod), name: nameOf(pod), uid: uidOf(pod) },
    };
    candidates.push({ address, ready: publish || isPodReady(pod), ports });
  }
  return candidates;
}

function comparePorts(a: EndpointPort, b: EndpointPort): number {
  return compare(a.name ?? "", b.name ?? "") || a.port - b.port || compare(a.protocol, b.protocol);
}

function compare(a: string | undefined, b: string | undefined): number {
  return (a ?? "") < (b ?? "") ? -1 : (a ?? "") > (b ?? "") ? 1 : 0;
}
