import type { MetricFamily, NamedSamples } from "../machinery/metrics.ts";
import type { Descriptions } from "../machinery/schema/descriptions.ts";
import type { AdmissionConfiguration } from "./admission/configuration.ts";
import type { AuditOptions } from "./audit/auditor.ts";
import type { AuthenticationOptions } from "./authentication/options.ts";
import type { AuthorizationOptions } from "./authorization/create-authorizer.ts";
import type { LegacyConverter } from "./context.ts";
import type { ApiRequest, ApiResponse, UpgradeRequest, UpgradeTarget } from "./request.ts";
import type { VirtualResource } from "./virtual.ts";

/** Which admission plug-ins there are, by upstream's names, and how they are. */
export interface AdmissionOptions {
  /** Beside those that are on by default: `--enable-admission-plugins`. */
  enabledAdmissionPlugins: readonly string[];
  /** `--disable-admission-plugins` */
  disabledAdmissionPlugins: readonly string[];
  admissionConfiguration: AdmissionConfiguration;
}

/** How the server behaves; every part has a default. */
export interface ServerOptions extends AdmissionOptions {
  /** The service-account issuer: `https://kubernetes.default.svc`. */
  issuer: string;
  /** Issuers whose tokens are believed too, signed with a key of this cluster. */
  otherIssuers: readonly string[];
  /** `--service-account-jwks-uri` */
  jwksUri?: string;
  /** `--service-account-max-token-expiration`; none when absent. */
  maxTokenExpirationSeconds?: number;
  /** `--service-account-extend-token-expiration` */
  extendTokenExpiration: boolean;
  /** Audiences of the API itself; the issuer by default. */
  audiences: readonly string[];
  /** Requests without credentials become system:anonymous. */
  anonymous: boolean;
  /** `10.96.0.0/12`; two of them, comma separated, for two families. */
  serviceClusterIPRange: string;
  serviceNodePortRange: string;
  /** Bounds of what is worked on at once. With priority and fairness their sum is what levels share. */
  maxRequestsInflight: number;
  maxMutatingRequestsInflight: number;
  /** API Priority and Fairness; without it reads and writes are bounded by number alone. */
  priorityAndFairness: boolean;
  /** A request that is no watch and no connection is given up after this. */
  requestTimeoutSeconds: number;
  /** The text after `NAME is stored; ` for resources that nothing acts on, by qualified name; absent: something does. */
  notActedOn(qualifiedName: string): string | undefined;
  /** The address that clients reach the server at, for discovery: `127.0.0.1:6443`. */
  serverAddress: string;
  /** What OpenAPI documents say of types and fields. */
  descriptions?: () => Descriptions;
  /** Makes Prometheus text of what is counted, for /metrics; without it there is no such path. */
  metricsText?: (families: readonly MetricFamily[]) => Promise<string>;
  /** When the process began, for /metrics: milliseconds since the epoch. */
  processStarted?: number;
  /** What the composition counts, for /metrics. */
  moreMetrics(): NamedSamples[];
  /** Named checks of /healthz, /livez and /readyz, beside the built-in ones. */
  healthChecks: readonly HealthCheck[];
  /** `ok`, or what is wrong with a part of the control plane; undefined where it isn't this process that knows. */
  partHealth(part: ControlPlanePart): string | undefined;
  authentication: AuthenticationOptions;
  authorization: AuthorizationOptions;
  legacy?: LegacyConverter;
  /** Resources that can be read and aren't stored: resource metrics. */
  virtual: readonly VirtualResource[];
  /** How often a watch that asked for bookmarks gets one. */
  bookmarkPeriodSeconds: number;
  /** All watches get their bookmarks at the same moments, multiples of the period: one step of virtual time instead of many. */
  bookmarksTogether: boolean;
  /** A watcher that has this many events waiting is closed: it must start anew. */
  watchBacklog: number;
  /** The default of `timeoutSeconds` of a watch is between this and twice this. */
  minRequestTimeoutSeconds: number;
  /** The store is embedded: what is readable is current, so reads need not ask it first. */
  localReads: boolean;
  /** Who is told which requests; without it nothing is audited. */
  audit?: AuditOptions;
}

/** A part of the control plane beside the API server and its store. */
export type ControlPlanePart = "controller-manager" | "scheduler";

export interface HealthCheck {
  name: string;
  /** The complaint, or undefined when all is well. */
  check(): Promise<string | undefined> | string | undefined;
  endpoints: readonly ("healthz" | "livez" | "readyz")[];
}

/** The way to the node agents. Given by the composition; the server authorises first. */
export interface NodeProxy {
  /** One request to the agent of a node: logs, node proxy (`isProxied`). `path` has the query. */
  forward(node: string, path: string, request: ApiRequest, isProxied?: boolean): Promise<ApiResponse>;
  /** One request to an own port of a pod, a service endpoint or a node. */
  forwardTo?(address: string, path: string, request: ApiRequest, scheme: "http" | "https"): Promise<ApiResponse>;
  /** Hands a connection over: exec, attach, port-forward. Rejects when there was no answer to pass on. */
  upgrade(target: UpgradeTarget, request: UpgradeRequest): Promise<void>;
  /** Hands a connection over to such a port. */
  upgradeTo?(address: string, path: string, request: UpgradeRequest, scheme: "http" | "https"): Promise<void>;
}

export const defaultOptions: ServerOptions = {
  issuer: "https://kubernetes.default.svc.cluster.local",
  otherIssuers: [],
  extendTokenExpiration: true,
  audiences: [],
  anonymous: true,
  serviceClusterIPRange: "10.96.0.0/16",
  serviceNodePortRange: "30000-32767",
  maxRequestsInflight: 400,
  maxMutatingRequestsInflight: 200,
  priorityAndFairness: true,
  requestTimeoutSeconds: 60,
  notActedOn: () => undefined,
  serverAddress: "127.0.0.1:6443",
  moreMetrics: () => [],
  healthChecks: [],
  partHealth: () => undefined,
  bookmarkPeriodSeconds: 60,
  bookmarksTogether: false,
  watchBacklog: 20_000,
  minRequestTimeoutSeconds: 1800,
  localReads: true,
  enabledAdmissionPlugins: [],
  disabledAdmissionPlugins: [],
  admissionConfiguration: {},
  virtual: [],
  authentication: {},
  authorization: {},
};
