import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import type { Node } from "../api/core/v1.ts";
import { builtInResources } from "../api/registry.ts";
import { rawTables } from "../api/tables.ts";
import { parseTokenFile } from "../apiserver/authentication/token-file.ts";
import { HttpsServer } from "../apiserver/http/https-server.ts";
import { createLegacyConverter } from "../apiserver/legacy.ts";
import type { NodeProxy } from "../apiserver/options.ts";
import { resourceMetricsResources } from "../apiserver/resource-metrics.ts";
import { type ApiServer, createApiServer } from "../apiserver/server.ts";
import { TypeCatalog } from "../apiserver/types.ts";
import type { Client } from "../client/client.ts";
import { createInProcessClient } from "../client/in-process-client.ts";
import { createInformerFactory } from "../client/informer-factory.ts";
import type { ServedResource } from "../client/served-resource.ts";
import { startBootstrap } from "../controllers/bootstrap/bootstrap.ts";
import { startCustomResourceDefinitions } from "../controllers/customresourcedefinition/custom-resource-definition.ts";
import { startFlowControlConfiguration } from "../controllers/flowcontrol/flow-control-configuration.ts";
import type { Clock } from "../machinery/clock.ts";
import type { Logger } from "../machinery/logger.ts";
import wireOnly from "../machinery/meta/wire-only.json" with { type: "json" };
import type { Random } from "../machinery/random.ts";
import type { Descriptions } from "../machinery/schema/descriptions.ts";
import type { WireOnlyTypes } from "../machinery/schema/schema.ts";
import { createMemoryStore } from "../storage/memory/memory-store.ts";
import { type Entry, type Store, storageKey } from "../storage/store.ts";
import type { CertificateAuthority, KeyPair } from "./certificate.ts";
import type { CertificateStore } from "./certificates.ts";
import { readDescriptions } from "./descriptions.ts";
import { metricsText } from "./metrics-text.ts";
import { createNodePlatform } from "./platform.ts";
import { type MetricsSubject, ResourceMetrics } from "./resource-metrics.ts";
import { simulatedLabel } from "./simulated-label.ts";

export interface ControlPlaneOptions {
  /** Absent: objects are kept in memory only. */
  storeDirectory?: string;
  certificates: CertificateStore;
  /** What somebody else gives out instead of `certificates`. */
  given?: { serving: KeyPair; clientAuthorities: string; tokenKey: string };
  bindAddresses: readonly string[];
  port: number;
  /** Where pods and other machines reach the API server. */
  advertiseAddress: string;
  /** Further names and addresses of the server's certificate. */
  tlsNames: readonly string[];
  serviceClusterIpRange: string;
  nodePortRange: string;
  issuer: string;
  tokenAuthFile?: string;
  disabledAdmissionPlugins?: readonly string[];
  nodeProxy?: NodeProxy;
  notActedOn(resource: string): string | undefined;
  /** Serve old API versions (v1beta1, extensions/v1beta1 …) by conversion. They are served unless this is false. */
  legacyVersions?: boolean;
  /** What types and fields are for. Absent: what the build brought. */
  descriptions?: () => Descriptions;
}

export interface ControlPlane {
  readonly store: Store;
  readonly server: ApiServer;
  readonly authority: CertificateAuthority;
  readonly port: number;
  /** A client in this process, as a user of that name and groups. */
  clientAs(name: string, groups?: readonly string[]): Client;
  /** The node's object, if there is one of that name. */
  node(name: string): Node | undefined;
  /** What is served now. */
  served(): ServedResource[];
  stop(): Promise<void>;
}

/** How long requests under way may take when the server stops. */
const drainMilliseconds = 5000;

/** The store and the API server over it, listening. What every cluster has is there when this resolves. */
export async function startControlPlane(
  deps: { clock: Clock; random: Random; logger: Logger },
  options: ControlPlaneOptions,
): Promise<ControlPlane> {
  const { clock, random, logger } = deps;
  const { certificates, given } = options;
  const serviceAddress = firstAddress(options.serviceClusterIpRange);
  const [authority, tokenKey, serving, kubeletClient] = await Promise.all([
    certificates.authority(),
    given ? given.tokenKey : certificates.tokenKey(),
    given ? { current: given.serving, onRenewal: () => {} } : certificates.keep("apiserver", serverNames(options, serviceAddress)),
    certificates.keep("apiserver-kubelet-client", {
      commonName: "kube-apiserver-kubelet-client",
      organizations: ["system:masters"],
      usages: ["client"],
    }),
  ]);
  const clientAuthority = given?.clientAuthorities ?? authority.certificate;
  const store = await openStore(deps, options.storeDirectory);
  const platform = createNodePlatform({ tokenKey, authority: authority.certificate, clientCertificate: () => kubeletClient.current });
  const stopping = new AbortController();
  const metrics =
    options.nodeProxy && measure(deps, options.nodeProxy, stopping.signal, (resource) => server.context.objects.list(resource));
  const server: ApiServer = createApiServer({
    store,
    platform,
    clock,
    random,
    logger: logger.child({ component: "apiserver" }),
    definitions: builtInResources(),
    types: new TypeCatalog(rawTables, wireOnly as unknown as WireOnlyTypes),
    options: {
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
      ],
      metricsText,
      ...(options.legacyVersions === false ? {} : { legacy: createLegacyConverter() }),
      ...(metrics ? { virtual: resourceMetricsResources(metrics) } : {}),
      ...(options.disabledAdmissionPlugins ? { disabledAdmissionPlugins: options.disabledAdmissionPlugins } : {}),
      ...(options.tokenAuthFile ? { tokenAuthenticator: parseTokenFile(await readFile(options.tokenAuthFile, "utf8")) } : {}),
    },
    ...(options.nodeProxy ? { nodeProxy: options.nodeProxy } : {}),
  });
  const listeners = options.bindAddresses.map((address) => ({
    address,
    https: new HttpsServer({
      handle: (request) => server.handle(request),
      upgrade: (request) => server.upgrade(request),
      certificate: serving.current.certificate,
      key: serving.current.key,
      clientCA: clientAuthority,
      logger: logger.child({ component: "https" }),
    }),
  }));
  serving.onRenewal(({ certificate, key }) => {
    for (const { https } of listeners) https.renew(certificate, key);
  });
  const clientAs = (name: string, groups: readonly string[] = []) =>
    createInProcessClient({ handle: (request) => server.handle(request), identity: { name, groups: [...groups] } });
  const ownDeps = {
    client: createInProcessClient({
      handle: (request) => server.handle(request),
      identity: { name: "system:apiserver", groups: ["system:masters"] },
      userAgent: "kube-apiserver",
    }),
    clock,
    random,
    logger: logger.child({ component: "apiserver" }),
    signal: stopping.signal,
  };
  const informers = createInformerFactory(ownDeps);
  const definitions = startCustomResourceDefinitions({ ...ownDeps, informers });
  const flowControl = startFlowControlConfiguration({ ...ownDeps, informers });
  const bootstrap = startBootstrap({
    ...ownDeps,
    logger: logger.child({ component: "bootstrap" }),
    options: {
      clientAuthority,
      kubernetesService: {
        clusterIp: serviceAddress,
        serviceRange: options.serviceClusterIpRange,
        address: options.advertiseAddress,
        port: options.port,
      },
    },
  });
  const stop = async () => {
    stopping.abort();
    await Promise.all([bootstrap.stop(), definitions.stop(), flowControl.stop(), informers.whenStopped()]);
    server.close();
    const giveUp = new AbortController();
    const timer = clock.setTimeout(() => giveUp.abort(), drainMilliseconds);
    await Promise.all(listeners.map(({ https }) => https.close(giveUp.signal)));
    timer.cancel();
    await store.close();
    platform.close();
  };
  try {
    await Promise.all(listeners.map(({ https, address }) => https.listen(options.port, address)));
    await bootstrap.ready;
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    store,
    server,
    authority,
    port: options.port,
    clientAs,
    node: (name) => server.reader.get(storageKey("minions", "", name))?.value as Node | undefined,
    served: () => [...server.catalog.all()].map(({ definition }) => definition),
    stop,
  };
}

/** What nodes and pods use, of the nodes and pods that the server has at the time. */
function measure(
  { clock, logger }: { clock: Clock; logger: Logger },
  nodeProxy: NodeProxy,
  signal: AbortSignal,
  list: (resource: string) => Iterable<Entry>,
): ResourceMetrics {
  const subjects = (resource: string) =>
    Array.from(list(resource), ({ value: { metadata } }): MetricsSubject => {
      const { name = "", namespace, labels } = metadata;
      return { name, ...(namespace ? { namespace } : {}), ...(labels ? { labels } : {}) };
    });
  return new ResourceMetrics({
    clock,
    logger: logger.child({ component: "resource-metrics" }),
    nodeProxy,
    // Simulated nodes have nothing to measure.
    nodes: () => subjects("nodes").filter(({ labels }) => labels?.[simulatedLabel] !== "true"),
    pods: () => subjects("pods"),
    signal,
  });
}

async function openStore({ clock, logger }: { clock: Clock; logger: Logger }, directory: string | undefined): Promise<Store> {
  const storeLogger = logger.child({ component: "store" });
  if (directory === undefined) return createMemoryStore({ clock, logger: storeLogger });
  const { openLmdbStore } = await import("../storage/lmdb/lmdb-store.ts");
  return await openLmdbStore({ directory, clock, logger: storeLogger });
}

/** The first usable address of a range: the API server's as a service. */
function firstAddress(range: string): string {
  const [base = ""] = range.split("/");
  const parts = base.split(".").map(Number);
  const value = ((parts[0] as number) << 24) + ((parts[1] as number) << 16) + ((parts[2] as number) << 8) + (parts[3] as number) + 1;
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join(".");
}

function serverNames(options: ControlPlaneOptions, serviceAddress: string) {
  const isAddress = (name: string) => /^[0-9.]+$/.test(name) || name.includes(":");
  const names = new Set([
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
    "localhost",
    hostname(),
  ]);
  const addresses = new Set(["127.0.0.1", "::1", serviceAddress, options.advertiseAddress]);
  for (const address of options.bindAddresses) if (address !== "0.0.0.0" && address !== "::") addresses.add(address);
  for (const name of options.tlsNames) (isAddress(name) ? addresses : names).add(name);
  return { commonName: "kube-apiserver", usages: ["server" as const], dnsNames: [...names], addresses: [...addresses] };
}
