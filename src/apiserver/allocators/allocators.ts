import type { Service } from "../../api/core/v1.ts";
import type { AnyObject } from "../../machinery/object.ts";
import type { Random } from "../../machinery/random.ts";
import type { StoreEvent, Subscription } from "../../storage/store.ts";
import type { Call } from "../context.ts";
import type { ObjectReader } from "../object-reader.ts";
import { ClusterIPRange } from "./cluster-ip.ts";
import { NodePortRange } from "./node-port.ts";
import { allocateForService, type Ranges, type Taken, usedBy } from "./service-allocation.ts";

/** What a write has taken out of a range, until it is stored or given up. */
export interface Reservation {
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
  readonly #subscription: Subscription;

  constructor(options: { objects: ObjectReader; random: Random; clusterIPRanges: string; nodePortRange: string }) {
    const { objects, random } = options;
    this.#ranges = {
      clusterIPs: options.clusterIPRanges.split(",").map((range) => new ClusterIPRange(range.trim(), random)),
      nodePorts: new NodePortRange(options.nodePortRange, random),
    };
    this.#subscription = objects.subscribe("services", (events) => this.#follow(events));
    for (const { value } of objects.list("services")) this.#use(usedBy(value as Service));
  }

  close(): void {
    this.#subscription.close();
  }

  /** The first range, out of which the `kubernetes` and DNS services take their addresses. */
  get clusterIPRange(): string {
    return this.#ranges.clusterIPs[0]?.cidr ?? "";
  }

  /** Fills in what the new service needs. Throws the 422 `StatusError` when it can't have it. */
  forCreate(call: Call, object: AnyObject): Reservation | undefined {
    if (call.resource.qualifiedName !== "services" || call.subresource !== "") return undefined;
    return this.#reserve(allocateForService(this.#ranges, object as Service, undefined));
  }

  forUpdate(call: Call, object: AnyObject, old: Readonly<AnyObject>): Reservation | undefined {
    if (call.resource.qualifiedName !== "services" || call.subresource !== "") return undefined;
    return this.#reserve(allocateForService(this.#ranges, object as Service, old as Service));
  }

  #reserve(taken: Taken): Reservation {
    this.#use(taken);
    let held = true;
    const release = () => {
      if (held) this.#release(taken);
      held = false;
    };
    return { keep: release, release };
  }

  #follow(events: readonly StoreEvent[]): void {
    for (const { type, entry, previous } of events) {
      if (previous) this.#release(usedBy(previous.value as Service));
      if (type !== "DELETED") this.#use(usedBy(entry.value as Service));
    }
  }

  #use({ ips, ports }: Taken): void {
    for (const ip of ips) for (const range of this.#ranges.clusterIPs) if (range.contains(ip)) range.use(ip);
    for (const port of ports) this.#ranges.nodePorts.use(port);
  }

  #release({ ips, ports }: Taken): void {
    for (const ip of ips) for (const range of this.#ranges.clusterIPs) if (range.contains(ip)) range.release(ip);
    for (const port of ports) this.#ranges.nodePorts.release(port);
  }
}
