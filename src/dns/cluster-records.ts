import type { Namespace, Service } from "../api/core/v1.ts";
import type { Endpoint, EndpointSlice } from "../api/discovery/v1.ts";
import { endpointslices, namespaces, services } from "../api/refs.ts";
import type { Informer, InformerFactory } from "../client/informer.ts";
import type { Clock } from "../machinery/clock.ts";
import { nameOf, namespaceOf } from "../machinery/object.ts";
import { canonicalAddress, familyOf, parseAddress } from "../node/network/address.ts";
import { serviceKeyOf, slicesByService } from "../node/network/slice-index.ts";
import { addressOfReverseName, type ClusterName, parseClusterName } from "./query-name.ts";
import { type Answer, type DnsRecord, rcodes, recordTypes } from "./wire.ts";

export interface ClusterRecordsOptions {
  /** As in `cluster.local`: lower case, without dots at its ends. */
  domain: string;
  ttlSeconds: number;
  /** The server's own addresses: `ns.dns.<domain>` when no service leads to it. */
  addresses: readonly string[];
}

/** The cluster's answer, or that the rest of the way is an alias to a name outside, or that the name isn't the cluster's. */
export type ClusterAnswer =
  | { kind: "answer"; answer: Answer }
  | { kind: "alias"; records: DnsRecord[]; target: string }
  | { kind: "outside" };

interface Found {
  /** The record's own name in an SRV answer. */
  name: string;
  /** An address, or the name that an external service stands for. */
  host: string;
  /** -1: no port is declared. */
  port: number;
}

/** The specification of names that `dns-version` tells. */
const schemaVersion = "1.1.0";
const schemaTtlSeconds = 28_800;

const nothing: readonly DnsRecord[] = [];

/** Answers from the caches of informers, with CoreDNS's semantics: NXDOMAIN for what isn't there, an empty answer for a type without records. */
export class ClusterRecords {
  readonly #services: Informer<Service>;
  readonly #slices: Informer<EndpointSlice>;
  readonly #namespaces: Informer<Namespace>;
  readonly #slicesOf: (serviceKey: string) => EndpointSlice[];
  readonly #options: ClusterRecordsOptions;
  readonly #suffix: string;
  readonly #removeHandlers: (() => void)[];
  #serial: number;

  constructor(informers: InformerFactory, clock: Clock, options: ClusterRecordsOptions) {
    this.#options = options;
    this.#suffix = `.${options.domain}`;
    this.#services = informers.informer(services);
    this.#slices = informers.informer(endpointslices);
    this.#namespaces = informers.informer(namespaces);
    this.#slicesOf = slicesByService(this.#slices);
    this.#services.addIndex("clusterIP", clusterIpsOf);
    this.#slices.addIndex("address", addressesOf);
    this.#serial = Math.floor(clock.now() / 1000);
    const changed = () => {
      this.#serial = Math.floor(clock.now() / 1000);
    };
    const handler = { add: changed, update: changed, delete: changed };
    this.#removeHandlers = [this.#services.on(handler), this.#slices.on(handler)];
  }

  get synced(): boolean {
    return this.#services.synced && this.#slices.synced && this.#namespaces.synced;
  }

  async whenSynced(): Promise<void> {
    await Promise.all([this.#services.whenSynced(), this.#slices.whenSynced(), this.#namespaces.whenSynced()]);
  }

  close(): void {
    for (const remove of this.#removeHandlers.splice(0)) remove();
  }

  /** Whether a lower-case name is below the cluster's domain. */
  owns(name: string): boolean {
    return name === this.#options.domain || name.endsWith(this.#suffix);
  }

  /** `asked` is the name as the client wrote it, which answers repeat. */
  resolve(asked: string, type: number): ClusterAnswer {
    const name = asked.toLowerCase();
    if (this.owns(name)) return this.#inDomain(asked, name, type);
    if (type === recordTypes.PTR) {
      const address = addressOfReverseName(name);
      const targets = address === undefined ? [] : this.#namesOf(address);
      if (targets.length > 0) return this.#records(targets.map((target) => ({ name: asked, type: "PTR", ttlSeconds: this.#ttl, target })));
    }
    return { kind: "outside" };
  }

  get #ttl(): number {
    return this.#options.ttlSeconds;
  }

  #inDomain(asked: string, name: string, type: number): ClusterAnswer {
    const { domain } = this.#options;
    const base = name === domain ? "" : name.slice(0, -this.#suffix.length);
    if (name === domain && type === recordTypes.SOA) return this.#records([this.#soa()]);
    if (name === domain && type === recordTypes.NS) return this.#nameServers(asked);
    if (base === "dns-version" && type === recordTypes.TXT) {
      return this.#records([{ name: asked, type: "TXT", ttlSeconds: schemaTtlSeconds, text: schemaVersion }]);
    }
    if (base === "ns.dns")
      return this.#addresses(
        asked,
        type,
        this.#ownServers().map(({ host }) => ({ name, host, port: -1 })),
      );
    const parsed = parseClusterName(base);
    const found = parsed && this.#find(parsed, name);
    if (!found) return this.#negative(rcodes.nameError);
    switch (type) {
      case recordTypes.A:
      case recordTypes.AAAA:
        return this.#addresses(asked, type, found);
      case recordTypes.CNAME: {
        const alias = found.find(({ host }) => !familyOf(host));
        return alias
          ? this.#records([{ name: asked, type: "CNAME", ttlSeconds: this.#ttl, target: alias.host }])
          : this.#negative(rcodes.noError);
      }
      case recordTypes.SRV:
        return this.#srv(asked, found);
      case recordTypes.TXT:
        // CoreDNS knows only the one TXT name; others exist when they have addresses.
        return this.#negative(found.length > 0 ? rcodes.noError : rcodes.nameError);
      default:
        return this.#negative(rcodes.noError);
    }
  }

  /** Undefined: there is no such name. Empty: it is there, without records. */
  #find(name: ClusterName, full: string): Found[] | undefined {
    if (!name.kind) return [];
    if (!this.#namespaces.get(name.namespace)) return undefined;
    if (name.service === "") return [];
    return name.kind === "pod" ? findPod(name, full) : this.#findService(name, full);
  }

  #findService(name: ClusterName, full: string): Found[] | undefined {
    const key = `${name.namespace}/${name.service}`;
    const service = this.#services.get(key);
    const spec = service?.spec;
    if (!spec) return undefined;
    const own = `${name.service}.${name.namespace}.svc${this.#suffix}`;
    if (spec.type === "ExternalName") {
      const host = (spec.externalName ?? "").replace(/\.$/, "");
      return name.endpoint === "" && host !== "" && !familyOf(host) ? [{ name: full, host, port: -1 }] : undefined;
    }
    const found: Found[] = [];
    if (spec.clusterIP === "None" || name.endpoint !== "") {
      for (const slice of this.#slicesOf(key)) this.#addEndpoints(slice, name, own, found);
    } else {
      const ips = spec.clusterIPs?.length ? spec.clusterIPs : spec.clusterIP ? [spec.clusterIP] : [];
      for (const port of spec.ports ?? []) {
        if (!matchesPort(name, port.name, port.protocol)) continue;
        for (const host of ips) found.push({ name: own, host, port: port.port });
      }
    }
    return found.length > 0 ? found : undefined;
  }

  #addEndpoints(slice: EndpointSlice, name: ClusterName, own: string, found: Found[]): void {
    if (slice.addressType === "FQDN") return;
    const ports = slice.ports?.length ? slice.ports : [{ port: -1 }];
    for (const endpoint of slice.endpoints ?? []) {
      if (endpoint.conditions?.ready === false) continue;
      for (const address of endpoint.addresses) {
        const hostname = hostnameOf(endpoint, address);
        if (name.endpoint !== "" && name.endpoint !== hostname) continue;
        for (const port of ports) {
          if (matchesPort(name, port.name, port.protocol)) found.push({ name: `${hostname}.${own}`, host: address, port: port.port ?? -1 });
        }
      }
    }
  }

  #addresses(asked: string, type: number, found: readonly Found[]): ClusterAnswer {
    const family = type === recordTypes.A ? 4 : type === recordTypes.AAAA ? 6 : undefined;
    const records: DnsRecord[] = [];
    const seen = new Set<string>();
    for (const { host } of found) {
      const own = familyOf(host);
      if (own === undefined) return this.#follow(asked, type, host);
      if (own !== family || seen.has(host)) continue;
      seen.add(host);
      records.push({ name: asked, type: own === 4 ? "A" : "AAAA", ttlSeconds: this.#ttl, address: bytesOf(host) });
    }
    return records.length > 0 ? this.#records(records) : this.#negative(rcodes.noError);
  }

  /** An external service is an alias. One that stays within the cluster is followed here, to a depth. */
  #follow(asked: string, type: number, target: string): ClusterAnswer {
    const records: DnsRecord[] = [];
    const seen = new Set([asked.toLowerCase()]);
    let name = asked;
    let next = target;
    while (records.length <= 7) {
      records.push({ name, type: "CNAME", ttlSeconds: this.#ttl, target: next });
      const lower = next.toLowerCase();
      if (seen.has(lower)) break;
      seen.add(lower);
      if (!this.owns(lower)) return { kind: "alias", records, target: next };
      const parsed = parseClusterName(lower.slice(0, -this.#suffix.length));
      const found = (parsed && this.#find(parsed, lower)) ?? [];
      const alias = found.find(({ host }) => !familyOf(host));
      if (!alias) {
        const answer = this.#addresses(next, type, found);
        // An alias that leads nowhere is no answer.
        if (answer.kind !== "answer" || answer.answer.answers.length === 0) break;
        return this.#records([...records, ...answer.answer.answers]);
      }
      name = next;
      next = alias.host;
    }
    return this.#negative(rcodes.noError);
  }

  #srv(asked: string, found: readonly Found[]): ClusterAnswer {
    const targets = found.filter(({ host }) => familyOf(host));
    const weight = Math.max(1, Math.floor((100 / targets.length) * 1));
    const answers: DnsRecord[] = [];
    const additionals: DnsRecord[] = [];
    const seen = new Set<string>();
    for (const { name, host, port } of targets) {
      if (port === -1) continue;
      const target = `${name} ${port}`;
      if (!seen.has(target)) answers.push({ name: asked, type: "SRV", ttlSeconds: this.#ttl, priority: 0, weight, port, target: name });
      const address = `${name} ${host}`;
      if (!seen.has(address)) {
        const type = familyOf(host) === 4 ? "A" : "AAAA";
        additionals.push({ name, type, ttlSeconds: this.#ttl, address: bytesOf(host) });
      }
      seen.add(target).add(address);
    }
    return answers.length > 0 ? this.#records(answers, additionals) : this.#negative(rcodes.noError);
  }

  #namesOf(address: string): string[] {
    const canonical = canonicalAddress(address);
    const service = this.#services.byIndex("clusterIP", canonical)[0];
    if (service) return [`${nameOf(service)}.${namespaceOf(service)}.svc${this.#suffix}`];
    const names = new Set<string>();
    for (const slice of this.#slices.byIndex("address", canonical)) {
      const key = serviceKeyOf(slice);
      if (!key) continue;
      const [namespace, name] = key.split("/");
      for (const endpoint of slice.endpoints ?? []) {
        const own = endpoint.addresses.find((one) => canonicalAddress(one) === canonical);
        if (own && endpoint.conditions?.ready !== false) names.add(`${hostnameOf(endpoint, own)}.${name}.${namespace}.svc${this.#suffix}`);
      }
    }
    return [...names];
  }

  /** The services that lead to this server; the server itself when there are none. */
  #ownServers(): Found[] {
    const found: Found[] = [];
    for (const address of this.#options.addresses) {
      for (const slice of this.#slices.byIndex("address", canonicalAddress(address))) {
        const key = serviceKeyOf(slice);
        const service = key === undefined ? undefined : this.#services.get(key);
        const ip = service?.spec?.clusterIP;
        if (!service || !ip || ip === "None") continue;
        const name = `${nameOf(service)}.${namespaceOf(service)}.svc${this.#suffix}`;
        // Other services may have endpoints on the node's address too; a name server listens on port 53.
        const isDns = service.spec?.ports?.some(({ port }) => port === 53) ?? false;
        if (isDns && !found.some((other) => other.name === name)) found.push({ name, host: ip, port: -1 });
      }
    }
    if (found.length > 0) return found;
    return this.#options.addresses.map((host) => ({ name: `ns.dns${this.#suffix}`, host, port: -1 }));
  }

  #nameServers(asked: string): ClusterAnswer {
    const servers = this.#ownServers();
    const names = new Set(servers.map(({ name }) => name));
    return this.#records(
      [...names].map((target) => ({ name: asked, type: "NS", ttlSeconds: this.#ttl, target })),
      servers.map(({ name, host }) => ({ name, type: familyOf(host) === 4 ? "A" : "AAAA", ttlSeconds: this.#ttl, address: bytesOf(host) })),
    );
  }

  #soa(): DnsRecord {
    const { domain } = this.#options;
    return {
      name: domain,
      type: "SOA",
      ttlSeconds: Math.min(this.#ttl, 300),
      nameServer: `ns.dns.${domain}`,
      mailbox: `hostmaster.${domain}`,
      serial: this.#serial,
      minimumSeconds: this.#ttl,
    };
  }

  #records(answers: readonly DnsRecord[], additionals: readonly DnsRecord[] = nothing): ClusterAnswer {
    return { kind: "answer", answer: { rcode: rcodes.noError, authoritative: true, answers, authorities: nothing, additionals } };
  }

  #negative(rcode: number): ClusterAnswer {
    return { kind: "answer", answer: { rcode, authoritative: true, answers: nothing, authorities: [this.#soa()], additionals: nothing } };
  }
}

function findPod(name: ClusterName, full: string): Found[] | undefined {
  // With more labels in front a pod's name is still the same pod's, as CoreDNS has it.
  const text = name.service;
  const dashes = text.split("-").length - 1;
  const host = dashes === 3 && !text.includes("--") ? text.replaceAll("-", ".") : text.replaceAll("-", ":");
  return familyOf(host) ? [{ name: full, host, port: -1 }] : undefined;
}

function matchesPort(name: ClusterName, port: string | undefined, protocol: string | undefined): boolean {
  if (name.port !== "" && name.port !== (port ?? "").toLowerCase()) return false;
  return name.protocol === "" || name.protocol === (protocol ?? "TCP").toLowerCase();
}

function hostnameOf(endpoint: Endpoint, address: string): string {
  return endpoint.hostname ? endpoint.hostname.toLowerCase() : address.replace(/[.:]/g, "-");
}

function clusterIpsOf(service: Service): string[] {
  const spec = service.spec;
  const ips = spec?.clusterIPs?.length ? spec.clusterIPs : spec?.clusterIP ? [spec.clusterIP] : [];
  return ips.filter((ip) => familyOf(ip)).map(canonicalAddress);
}

function addressesOf(slice: EndpointSlice): string[] {
  if (slice.addressType === "FQDN") return [];
  return [...new Set((slice.endpoints ?? []).flatMap((endpoint) => endpoint.addresses.map(canonicalAddress)))];
}

/** An address in network byte order. */
export function bytesOf(address: string): Uint8Array {
  if (familyOf(address) === 4) return Uint8Array.from(address.split("."), Number);
  const value = parseAddress(address) as bigint;
  return Uint8Array.from({ length: 16 }, (_, index) => Number((value >> BigInt(120 - 8 * index)) & 255n));
}
