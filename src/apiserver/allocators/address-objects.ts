import type { IPAddress } from "../../api/networking/v1.ts";
import type { Clock } from "../../machinery/clock.ts";
import { timestamp } from "../../machinery/clock.ts";
import { internalError } from "../../machinery/errors.ts";
import type { Logger } from "../../machinery/logger.ts";
import type { AnyObject } from "../../machinery/object.ts";
import { type Random, uuid } from "../../machinery/random.ts";
import { type Store, StoreConflict } from "../../storage/store.ts";
import type { ObjectReader } from "../object-reader.ts";

export const addressResource = "ipaddresses.networking.k8s.io";

const familyLabel = "ipaddress.kubernetes.io/ip-family";
const managerLabel = "ipaddress.kubernetes.io/managed-by";
const manager = "ipallocator.k8s.io";

/** The IPAddress objects of services: one for each cluster address, made before the service is and gone after it. */
export class AddressObjects {
  readonly #options: { store: Store; objects: ObjectReader; clock: Clock; random: Random; logger: Logger };

  constructor(options: { store: Store; objects: ObjectReader; clock: Clock; random: Random; logger: Logger }) {
    this.#options = options;
  }

  /** Rejects when another object has the address. */
  async create(ip: string, service: AnyObject): Promise<void> {
    const { store, objects, clock, random } = this.#options;
    const { name = "", namespace = "" } = service.metadata;
    const address: IPAddress = {
      apiVersion: "networking.k8s.io/v1",
      kind: "IPAddress",
      metadata: {
        name: ip,
        uid: uuid(random),
        creationTimestamp: timestamp(clock),
        labels: { [familyLabel]: ip.includes(":") ? "IPv6" : "IPv4", [managerLabel]: manager },
      },
      spec: { parentRef: { group: "", resource: "services", namespace, name } },
    };
    const { group: _core, ...parentRef } = address.spec.parentRef;
    const object = { ...address, spec: { parentRef } };
    try {
      await store.put(objects.key(addressResource, "", ip), 0, object as unknown as AnyObject, ownership(timestamp(clock)));
    } catch (error) {
      if (!(error instanceof StoreConflict)) throw error;
      throw internalError(`failed to allocate IP ${ip}: provided IP is already allocated`);
    }
  }

  /** The object of an address that a service has and nobody recorded. Another's stays, and is told of. */
  async restore(ip: string, service: Readonly<AnyObject>): Promise<void> {
    const { store, objects, logger } = this.#options;
    if (store.latest(objects.key(addressResource, "", ip))) return;
    try {
      await this.create(ip, service);
    } catch (error) {
      logger.warn("the object of a service's address could not be made", { ip, error });
    }
  }

  /** Removes an address of which no service knows. */
  removeOrphan(address: Readonly<AnyObject>): void {
    const parent = (address as unknown as IPAddress).spec?.parentRef;
    if (!parent || parent.group || parent.resource !== "services") return;
    const { name, namespace } = parent;
    this.remove(address.metadata.name ?? "", { metadata: { name, namespace } } as unknown as AnyObject);
  }

  /** Removes what was made for a service, in the background: a failure is logged, and the object stays. */
  remove(ip: string, service: Readonly<AnyObject>): void {
    const { store, objects, logger } = this.#options;
    const key = objects.key(addressResource, "", ip);
    const entry = store.latest(key);
    const { labels } = entry?.value.metadata ?? {};
    if (!entry || labels?.[managerLabel] !== manager || !isOf(entry.value, service)) return;
    store.remove(key, entry.revision, entry.value).catch((error: unknown) => {
      if (!(error instanceof StoreConflict)) logger.warn("the object of a service's address could not be removed", { ip, error });
    });
  }
}

/** The managedFields of such an object. */
function ownership(time: string): string {
  const spec = { "f:parentRef": { ".": {}, "f:name": {}, "f:namespace": {}, "f:resource": {} } };
  const labels = { ".": {}, [`f:${familyLabel}`]: {}, [`f:${managerLabel}`]: {} };
  return JSON.stringify([
    {
      manager: "kube-apiserver",
      operation: "Update",
      apiVersion: "networking.k8s.io/v1",
      time,
      fieldsType: "FieldsV1",
      fieldsV1: { "f:metadata": { "f:labels": labels }, "f:spec": spec },
    },
  ]);
}

function isOf(address: Readonly<AnyObject>, service: Readonly<AnyObject>): boolean {
  const parent = (address as unknown as IPAddress).spec?.parentRef;
  return parent?.name === service.metadata.name && parent?.namespace === service.metadata.namespace;
}
