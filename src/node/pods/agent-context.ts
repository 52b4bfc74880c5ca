import type { Container, Node, Pod, Service } from "../../api/core/v1.ts";
import type { Client } from "../../client/client.ts";
import type { EventRecorder } from "../../client/event-recorder.ts";
import type { Clock } from "../../machinery/clock.ts";
import type { Logger } from "../../machinery/logger.ts";
import type { ObjectSource } from "../object-source.ts";
import type { ContainerRuntime } from "../runtime/runtime.ts";
import type { VolumeManager } from "../volumes/volume-manager.ts";
import type { PodAdmission } from "./admission.ts";
import type { Backoff } from "./backoff.ts";
import type { PodCgroups } from "./cgroups.ts";
import type { PodAddresses } from "./pod-addresses.ts";
import type { DnsSettings } from "./pod-dns.ts";
import type { PodFiles } from "./pod-files.ts";
import type { StatusWriter } from "./status-writer.ts";

/** Gets images onto the node. */
export interface ImageSource {
  /** The id to hand to `createContainer`. Rejects with an error that has upstream's `reason` and a message. */
  ensure(pod: Pod, container: Pick<Container, "name" | "image" | "imagePullPolicy">): Promise<string>;
}

/** What all pod workers of one node agent share. */
export interface AgentContext {
  client: Client;
  clock: Clock;
  logger: Logger;
  recorder: EventRecorder;
  runtime: ContainerRuntime;
  images: ImageSource;
  volumes: VolumeManager;
  files: PodFiles;
  /** Absent where nothing real runs. */
  cgroups: PodCgroups | undefined;
  objects: ObjectSource;
  addresses: PodAddresses;
  dns: DnsSettings;
  backoff: Backoff;
  admission: PodAdmission;
  statuses: StatusWriter;
  nodeName: string;
  node(): Node | undefined;
  hostAddresses(): readonly string[];
  /** The services that pods of the namespace are told of. */
  servicesFor(pod: Pod): readonly Service[];
  memoryCapacity: number;
}
