import type { Node } from "../api/core/v1.ts";
import { builtInResources } from "../api/registry.ts";
import { rawTables } from "../api/tables.ts";
import type { AggregatedServers } from "../apiserver/aggregation/aggregated-api.ts";
import type { AggregatedVersion } from "../apiserver/discovery.ts";
import { createLegacyConverter } from "../apiserver/legacy.ts";
import type { AdmissionOptions, ControlPlanePart, NodeProxy, ServerOptions } from "../apiserver/options.ts";
import type { ApiRequest, ApiResponse } from "../apiserver/request.ts";
import { type ApiServer, createApiServer } from "../apiserver/server.ts";
import { TypeCatalog } from "../apiserver/types.ts";
import type { VirtualResource } from "../apiserver/virtual.ts";
import type { Client, Component } from "../client/client.ts";
import { ClientMetrics } from "../client/client-metrics.ts";
import { createInProcessClient } from "../client/in-process-client.ts";
import { createInformerFactory } from "../client/informer-factory.ts";
import { PartialDiscoveryError, type ServedResource } from "../client/served-resource.ts";
import { startApiServiceAvailability } from "../controllers/apiservice/availability.ts";
import { startBootstrap } from "../controllers/bootstrap/bootstrap.ts";
import { startCustomResourceDefinitions } from "../controllers/customresourcedefinition/custom-resource-definition.ts";
import { startFlowControlConfiguration } from "../controllers/flowcontrol/flow-control-configuration.ts";
import type { Clock } from "../machinery/clock.ts";
import type { Logger } from "../machinery/logger.ts";
import wireOnly from "../machinery/meta/wire-only.json" with { type: "json" };
import type { NamedSamples } from "../machinery/metrics.ts";
import type { Platform } from "../machinery/platform.ts";
import type { Random } from "../machinery/random.ts";
import type { Descriptions } from "../machinery/schema/descriptions.ts";
import type { WireOnlyTypes } from "../machinery/schema/schema.ts";
import { type Store, storageKey } from "../storage/store.ts";
import { readDescriptions } from "./descriptions.ts";
import { metricsText } from "./metrics-text.ts";
import { processMetrics } from "./process-metrics.ts";

export interface ClusterServerDeps {
  clock: Clock;
  random: Random;
  logger: Logger;
  store: Store;
  platform: Platform;
}

export interface ClusterServerOptions extends Partial<AdmissionOptions> {
  /** Where pods and other machines reach the API server. */
  advertiseAddress: string;
  port: number;
  serviceClusterIpRange: string;
  nodePortRange: string;
  issuer: string;
  /** Bounds, audit and whatever else has a default. */
  server?: Partial<ServerOptions>;
  nodeProxy?: NodeProxy;
  /** Which parts of the control plane run in this process. */
  runs?(part: ControlPlanePart): boolean;
  aggregatedServers?: AggregatedServers;
  notActedOn(resource: string): string | undefined;
  /** Serve old API versions (v1beta1, extensions/v1beta1 …) by conversion. They are served unless this is false. */
  legacyVersions?: boolean;
  /** What types and fields are for. Absent: what the build brought. */
  descriptions?: () => Descriptions;
  /** Resources that can be read and aren't stored. */
  virtual?: readonly VirtualResource[];
  /** How often a watch that asked for bookmarks gets one; a minute unless told. */
  bookmarkPeriodSeconds?: number;
  /** See `ServerOptions`. */
  bookmarksTogether?: boolean;
  /** What the composition counts beside. */
  moreMetrics?(): NamedSamples[];
  /** What all requests go through that come from clients in this process. The server itself when absent. */
  handle?(request: ApiRequest, server: ApiServer): Promise<ApiResponse>;
}

/** The API server with all its kinds, over a store, for clients in this process. */
export interface ClusterServer {
  /** Where components of this process are counted. */
  readonly metrics: ClientMetrics;
  readonly server: ApiServer;
  /** A client in this process, as a user of that name and groups. */
  clientAs(name: string, groups?: readonly string[], userAgent?: string): Client;
  /** The node's object, if there is one of that name. */
  node(name: string): Node | undefined;
  /**
   * What is served now: the same list as long as that is the same. Throws `PartialDiscoveryError` when aggregated servers don't tell what
   * they serve.
   */
  served(): ServedResource[];
}

/** Nothing runs yet: `startServerComponents` makes what every cluster has. Whoever made it closes `server`. */
export function createClusterServer(deps: ClusterServerDeps, options: ClusterServerOptions): ClusterServer {
  const { store, platform, clock, random, logger } = deps;
  const metrics = new ClientMetrics();
  const server: ApiServer = createApiServer({
    store,
    platform,
    clock,
    random,
    logger: logger.child({ component: "apiserver" }),
    definitions: builtInResources(),
    types: new TypeCatalog(rawTables, wireOnly as unknown as WireOnlyTypes),
    options: {
      ...options.server,
      issuer: options.issuer,
      serviceClusterIPRange: options.serviceClusterIpRange,
      serviceNodePortRange: options.nodePortRange,
      serverAddress: `${options.advertiseAddress}:${options.port}`,
      notActedOn: options.notActedOn,
      descriptions: options.descriptions ?? readDescriptions,
      healthChecks: [
        // The store under the name by which probes know it. What follows the store is in step with it from its start.
        { name: "etcd", check: () => store.whenCurrent().then(() => undefined, String), endpoints: ["healthz", "livez", "readyz"] },
        { name: "informer-sync", check: () => undefined, endpoints: ["readyz"] },
        ...(options.server?.healthChecks ?? []),
      ],
      partHealth: (part) => (options.runs?.(part) ? "ok" : undefined),
      metricsText,
      processStarted: performance.timeOrigin,
      moreMetrics: () => [...metrics.families(), ...processMetrics(), ...(options.moreMetrics?.() ?? [])],
      ...(options.legacyVersions === false ? {} : { legacy: createLegacyConverter() }),
      ...(options.virtual ? { virtual: options.virtual } : {}),
      ...(options.bookmarkPeriodSeconds ? { bookmarkPeriodSeconds: options.bookmarkPeriodSeconds } : {}),
      ...(options.bookmarksTogether ? { bookmarksTogether: true } : {}),
      ...(options.enabledAdmissionPlugins ? { enabledAdmissionPlugins: options.enabledAdmissionPlugins } : {}),
      ...(options.disabledAdmissionPlugins ? { disabledAdmissionPlugins: options.disabledAdmissionPlugins } : {}),
      ...(options.admissionConfiguration ? { admissionConfiguration: options.admissionConfiguration } : {}),
    },
    ...(options.nodeProxy ? { nodeProxy: options.nodeProxy } : {}),
    ...(options.aggregatedServers ? { aggregatedServers: options.aggregatedServers } : {}),
  });
  const handle = options.handle;
  const counting = { metrics, host: `${options.advertiseAddress}:${options.port}`, clock };
  const silence = { clock, seconds: 2 * server.context.options.bookmarkPeriodSeconds };
  let served: { version: number; resources: ServedResource[] } | undefined;
  const answer = handle ? (request: ApiRequest) => handle(request, server) : (request: ApiRequest) => server.handle(request);
  return {
    server,
    metrics,
    clientAs: (name, groups = [], userAgent) =>
      createInProcessClient({
        handle: answer,
        identity: { name, groups: [...groups] },
        silence,
        counting,
        ...(userAgent ? { userAgent } : {}),
      }),
    node: (name) => server.reader.get(storageKey("minions", "", name))?.value as Node | undefined,
    served: () => {
      if (server.context.aggregatedApis.all().length > 0) return servedBy(server);
      if (served?.version !== server.catalog.version) served = { version: server.catalog.version, resources: servedBy(server) };
      return served.resources;
    },
  };
}

function servedBy({ catalog, context: { aggregatedApis, remoteDiscovery } }: ApiServer): ServedResource[] {
  const found: ServedResource[] = [];
  for (const { definition } of catalog.all()) {
    if (!aggregatedApis.find(definition.group, definition.version)) found.push(definition);
  }
  const failures = new Map<string, string>();
  for (const { group, version } of aggregatedApis.all().toSorted((a, b) => b.versionPriority - a.versionPriority)) {
    const { freshness, resources = [] } = remoteDiscovery.find(group, version) as AggregatedVersion;
    if (freshness === "Stale") failures.set(`${group}/${version}`, "stale GroupVersion discovery");
    for (const { resource, responseKind, scope, verbs } of resources) {
      if (responseKind.kind) found.push({ group, version, resource, kind: responseKind.kind, namespaced: scope === "Namespaced", verbs });
    }
  }
  if (failures.size > 0) throw new PartialDiscoveryError(found, failures);
  return found;
}

export interface ServerComponentsOptions {
  advertiseAddress: string;
  port: number;
  serviceClusterIpRange: string;
  /** The `kubernetes` service's address. */
  serviceAddress: string;
  /** How often it is looked whether the namespaces and the service are there still. Ten seconds unless told, as upstream does. */
  reconcilePeriodSeconds?: number;
  /** Who signs client certificates, PEM. */
  authority: string;
  /** Who signs the certificate that aggregated servers are shown, PEM, and its name. */
  frontProxy?: { authority: string; name: string };
}

/** The parts of an API server that reconcile: what every cluster has, and definitions of custom resources. */
export function startServerComponents(
  { clusterServer, clock, random, logger }: { clusterServer: ClusterServer; clock: Clock; random: Random; logger: Logger },
  options: ServerComponentsOptions,
): Component & { ready: Promise<void> } {
  const stopping = new AbortController();
  const ownDeps = {
    client: clusterServer.clientAs("system:apiserver", ["system:masters"], "kube-apiserver"),
    clock,
    random,
    logger: logger.child({ component: "apiserver" }),
    signal: stopping.signal,
    metrics: clusterServer.metrics,
  };
  const { store } = clusterServer.server.context;
  const informers = createInformerFactory(ownDeps);
  const definitions = startCustomResourceDefinitions({ ...ownDeps, informers });
  const flowControl = startFlowControlConfiguration({ ...ownDeps, informers });
  const { aggregator } = clusterServer.server.context;
  const availability = startApiServiceAvailability({
    ...ownDeps,
    informers,
    check: ({ metadata }) => aggregator.check(metadata.name ?? ""),
  });
  const bootstrap = startBootstrap({
    ...ownDeps,
    logger: logger.child({ component: "bootstrap" }),
    options: {
      ...(options.reconcilePeriodSeconds ? { reconcilePeriodSeconds: options.reconcilePeriodSeconds } : {}),
      whenWritten: writesOf(store),
      clientAuthority: options.authority,
      ...(options.frontProxy ? { frontProxy: options.frontProxy } : {}),
      kubernetesService: {
        clusterIp: options.serviceAddress,
        serviceRange: options.serviceClusterIpRange,
        address: options.advertiseAddress,
        port: options.port,
      },
    },
  });
  return {
    ready: bootstrap.ready,
    async stop() {
      stopping.abort();
      await Promise.all([bootstrap.stop(), definitions.stop(), flowControl.stop(), availability.stop(), informers.whenStopped()]);
    },
  };
}

/** What is looked after again and again: see `startBootstrap`. */
const kept = ["namespaces", "services/specs", "services/endpoints", "endpointslices"].map((resource) => storageKey(resource, "", ""));

/** See `BootstrapOptions.whenWritten`: writes of other things don't count. */
function writesOf(store: Store): (signal: AbortSignal) => Promise<void> {
  let written = true;
  let wake = () => {};
  let follows = false;
  const follow = (signal: AbortSignal) => {
    const note = () => {
      written = true;
      wake();
    };
    const subscriptions = kept.map((prefix) => store.subscribe(prefix, store.revision, note));
    const end = () => {
      for (const subscription of subscriptions) subscription.close();
      note();
    };
    signal.addEventListener("abort", end, { once: true });
  };
  return async (signal) => {
    if (signal.aborted) return;
    if (!follows) follow(signal);
    follows = true;
    if (!written) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    written = false;
  };
}
