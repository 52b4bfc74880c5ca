import type { Service } from "../../api/core/v1.ts";
import type { ServiceCIDR } from "../../api/networking/v1.ts";
import type { Clock } from "../../machinery/clock.ts";
import type { NamedSamples } from "../../machinery/metrics.ts";
import { type AnyObject, ownPart } from "../../machinery/object.ts";
import type { Random } from "../../machinery/random.ts";
import type { StoreEvent, Subscription } from "../../storage/store.ts";
import type { Call } from "../context.ts";
import type { AllocationMetrics } from "../metrics/allocation-metrics.ts";
import type { ObjectReader } from "../object-reader.ts";
import { type AddressObjects, addressResource } from "./address-objects.ts";
import { ClusterIPRange } from "./cluster-ip.ts";
import { NodePortRange } from "./node-port.ts";
import { allocateForService, type Ranges, type Taken, usedBy } from "./service-allocation.ts";

const rangeResource = "servicecidrs.networking.k8s.io";

/** What a write has taken out of a range, until it is stored or given up. */
export interface Reservation {
  /** Writes the objects that must be there before the write: those of the addresses taken. Not called for a dry run. */
  record(): Promise<void> | undefined;
  /** The write is stored: what it took is counted by the stored object now. */
  keep(): void;
  /** The write failed, or wasn't meant. May be called after `keep`. */
  release(): void;
}

/**
 * The cluster addresses and node ports of services. What is in use is derived from the stored services; what writes under way have
 * taken is held beside it.
 */
export class Allocators {
  readonly #ranges: Ranges;
  readonly #objects: ObjectReader;
  readonly #random: Random;
  readonly #clock: Clock;
  readonly #addresses: AddressObjects | undefined;
  readonly #subscriptions: readonly Subscription[];

  /** Without `addresses` no IPAddress objects are kept. */
  constructor(options: {
    objects: ObjectReader;
    random: Random;
    clusterIPRanges: string;
    nodePortRange: string;
    clock: Clock;
    metrics: AllocationMetrics;
    addresses?: AddressObjects;
  }) {
    const { objects, random } = options;
    this.#addresses = options.addresses;
    this.#clock = options.clock;
    this.#ranges = {
      metrics: options.metrics,
      clusterIPs: options.clusterIPRanges.split(",").map((range) => new ClusterIPRange(range.trim(), random)),
      added: [],
      nodePorts: new NodePortRange(options.nodePortRange, random),
    };
    this.#objects = objects;
    this.#random = random;
    this.#subscriptions = [
      objects.subscribe("services", (events) => this.#follow(events)),
      objects.subscribe(addressResource, (events) => this.#followAddresses(events)),
      objects.subscribe(rangeResource, () => this.#readRanges()),
    ];
    this.#readRanges();
    for (const { value } of objects.list(addressResource)) this.#use({ ips: [value.metadata.name ?? ""], ports: [] });
    for (const { value } of objects.list("services")) this.#use(usedBy(value as Service));
  }

  /** Makes the address objects that services lack, and removes those of services that are gone, after a crash between the two writes. */
  async repair(): Promise<void> {
    const addresses = this.#addresses;
    if (!addresses) return;
    const owners = new Map<string, AnyObject>();
    for (const { value } of this.#objects.list("services")) for (const ip of usedBy(value as Service).ips) owners.set(ip, value);
    for (const { value } of this.#objects.list(addressResource)) {
      const ip = value.metadata.name ?? "";
      const owner = owners.get(ip);
      owners.delete(ip);
      if (!owner) addresses.removeOrphan(value);
    }
    for (const [ip, service] of owners) await addresses.restore(ip, service);
  }

  /** The ranges of ServiceCIDR objects that aren't being deleted, but for those that the server was started with. */
  #readRanges(): void {
    const own = new Set(this.#ranges.clusterIPs.map(({ cidr }) => cidr));
    const wanted = new Set<string>();
    for (const { value } of this.#objects.list(rangeResource)) {
      if (value.metadata.deletionTimestamp) continue;
      for (const cidr of (value as unknown as ServiceCIDR).spec?.cidrs ?? []) if (!own.has(cidr)) wanted.add(cidr);
    }
    const kept = this.#ranges.added.filter(({ cidr }) => wanted.delete(cidr));
    const fresh = [...wanted].map((cidr) => new ClusterIPRange(cidr, this.#random));
    this.#ranges.added = [...kept, ...fresh];
    if (fresh.length === 0) return;
    const use = (ip: string) => {
      for (const range of fresh) if (range.contains(ip)) range.use(ip);
    };
    for (const { value } of this.#objects.list(addressResource)) use(value.metadata.name ?? "");
    for (const { value } of this.#objects.list("services")) for (const ip of usedBy(value as Service).ips) use(ip);
  }

  get #everyRange(): ClusterIPRange[] {
    return [...this.#ranges.clusterIPs, ...this.#ranges.added];
  }

  /** What was counted, and how full the ranges are. */
  families(): NamedSamples[] {
    const { metrics, nodePorts } = this.#ranges;
    return metrics.families(
      () => this.#everyRange.map(({ cidr, used, free }) => ({ cidr, used, free })),
      () => ({ used: nodePorts.used, free: nodePorts.size - nodePorts.used }),
    );
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.close();
  }

  /** The first range, out of which the `kubernetes` and DNS services take their addresses. */
  get clusterIPRange(): string {
    return this.#ranges.clusterIPs[0]?.cidr ?? "";
  }

  /** Fills in what the new service needs. Throws the 422 `StatusError` when it can't have it. */
  forCreate(call: Call, object: AnyObject): Reservation | undefined {
    if (call.resource.qualifiedName !== "services" || call.subresource !== "") return undefined;
    return this.#reserve(allocateForService(this.#ranges, object as Service, undefined, call.dryRun), object);
  }

  forUpdate(call: Call, object: AnyObject, old: Readonly<AnyObject>): Reservation | undefined {
    if (call.resource.qualifiedName !== "services" || call.subresource !== "") return undefined;
    ownPart(object, "spec");
    return this.#reserve(allocateForService(this.#ranges, object as Service, old as Service, call.dryRun), object);
  }

  #reserve(taken: Taken, service: AnyObject): Reservation {
    this.#use(taken);
    let held = true;
    const recorded: string[] = [];
    const keep = () => {
      if (held) this.#release(taken);
      held = false;
    };
    const record = async (addresses: AddressObjects) => {
      for (const ip of taken.ips) {
        const began = this.#clock.now();
        await addresses.create(ip, service);
        const range = this.#everyRange.find((one) => one.contains(ip));
        if (range) this.#ranges.metrics.addressRecorded(range.cidr, (this.#clock.now() - began) / 1000);
        recorded.push(ip);
      }
    };
    return {
      record: () => (this.#addresses && taken.ips.length > 0 ? record(this.#addresses) : undefined),
      keep,
      release: () => {
        if (held) for (const ip of recorded) this.#addresses?.remove(ip, service);
        keep();
      },
    };
  }

  #follow(events: readonly StoreEvent[]): void {
    for (const { type, entry, previous } of events) {
      const now: Taken = type === "DELETED" ? { ips: [], ports: [] } : usedBy(entry.value as Service);
      this.#use(now);
      if (!previous) continue;
      const before = usedBy(previous.value as Service);
      this.#release(before);
      for (const ip of before.ips) if (!now.ips.includes(ip)) this.#addresses?.remove(ip, previous.value);
    }
  }

  /** An address that an object has is taken, whosever it is. */
  #followAddresses(events: readonly StoreEvent[]): void {
    for (const { type, entry } of events) {
      const taken: Taken = { ips: [entry.value.metadata.name ?? ""], ports: [] };
      if (type === "ADDED") this.#use(taken);
      if (type === "DELETED") this.#release(taken);
    }
  }

  #use({ ips, ports }: Taken): void {
    for (const ip of ips) for (const range of this.#everyRange) if (range.contains(ip)) range.use(ip);
    for (const port of ports) this.#ranges.nodePorts.use(port);
  }

  #release({ ips, ports }: Taken): void {
    for (const ip of ips) for (const range of this.#everyRange) if (range.contains(ip)) range.release(ip);
    for (const port of ports) this.#ranges.nodePorts.release(port);
  }
}
