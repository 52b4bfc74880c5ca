import type { Service } from "../../api/core/v1.ts";
import type { EndpointSlice } from "../../api/discovery/v1.ts";

/**
 * Makes services reachable from one node. The owner (`start-proxy.ts`) tells it what changed and calls `sync`, never twice at a
 * time; an implementation keeps what it was told between calls.
 */
export interface ServiceProxy {
  /** The service and its slices as they are now; `undefined` when the service is gone. Takes effect with the next `sync`. */
  setService(key: string, service: Service | undefined, slices: readonly EndpointSlice[]): void;
  /** This node's zone label: topology hints are by zone. */
  setNode(node: { zone: string | undefined }): void;
  /** The host ports of all pods of this node. */
  setHostPorts(ports: readonly HostPort[]): void;
  /**
   * Brings the kernel's rules in line with what was told, in one transaction. Rejects when the rules are unchanged because of an
   * error; the next call starts from what is in the kernel.
   */
  sync(): Promise<SyncResult>;
  /** Whether the rules are still there; when not, the next `sync` writes them all. */
  verify(): Promise<boolean>;
  /** Makes the next `sync` write everything, whatever is thought to be there. */
  invalidate(): void;
  /** Takes all rules away. */
  remove(): Promise<void>;
  /** For every service with a health check node port: its port and the number of its endpoints on this node. */
  healthChecks(): ServiceHealth[];
}

export interface SyncResult {
  /** Everything was written, not the differences. */
  full: boolean;
  /** Nothing had to be changed. */
  unchanged: boolean;
}

/** A port of the node that leads to a container of a pod on it. */
export interface HostPort {
  /** `namespace/name` of the pod, for messages. */
  pod: string;
  /** All of the node's addresses when absent, `""`, `0.0.0.0` or `::`. */
  hostIp?: string;
  hostPort: number;
  containerPort: number;
  protocol: "TCP" | "UDP" | "SCTP";
  /** The pod's addresses, at most one per family. */
  podIps: readonly string[];
}

/** Where the proxy learns host ports from: the node agent. */
export interface HostPortSource {
  /** The present state. */
  list(): readonly HostPort[];
  /** Calls back after every change. Returns what ends that. */
  onChange(callback: () => void): () => void;
}

export interface ServiceHealth {
  namespace: string;
  name: string;
  port: number;
  localEndpoints: number;
}
