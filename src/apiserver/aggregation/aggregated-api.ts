import type { ApiRequest, ApiResponse, UpgradeRequest } from "../request.ts";
import type { ServiceReference } from "../service-resolver.ts";

/** A group version that another API server serves, as its APIService says. */
export interface AggregatedApi {
  /** `v1.example.com` */
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly service: Required<ServiceReference>;
  /** PEM; absent: the authorities that the system trusts. */
  readonly caBundle: string | undefined;
  readonly insecure: boolean;
  readonly isAvailable: boolean;
  readonly groupPriority: number;
  readonly versionPriority: number;
}

/** Where an aggregated API server is, and how it is known to be the one. */
export interface AggregatedTarget {
  /** `HOST:PORT` */
  address: string;
  serverName: string;
  caBundle: string | undefined;
  insecure: boolean;
}

/** The way to aggregated API servers. Given by the composition. `user` are the headers that tell on whose behalf the request is. */
export interface AggregatedServers {
  /** Rejects when there was no answer. */
  forward(target: AggregatedTarget, path: string, request: ApiRequest, user: Record<string, string | string[]>): Promise<ApiResponse>;
  /** Hands a connection over. Rejects when there was no answer to pass on. */
  upgrade(target: AggregatedTarget, path: string, request: UpgradeRequest, user: Record<string, string | string[]>): Promise<void>;
}
