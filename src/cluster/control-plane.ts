import { statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { AuthenticationOptions } from "../apiserver/authentication/options.ts";
import { ConfigurationError } from "../apiserver/configuration-file.ts";
import { HttpsServer } from "../apiserver/http/https-server.ts";
import { ClientAuthorities } from "../apiserver/http/peer-certificate.ts";
import type { NodeProxy } from "../apiserver/options.ts";
import { resourceMetricsResources } from "../apiserver/resource-metrics.ts";

import type { Clock } from "../machinery/clock.ts";
import type { Logger } from "../machinery/logger.ts";
import type { NamedSamples } from "../machinery/metrics.ts";
import type { Random } from "../machinery/random.ts";
import type { StorageEncryption } from "../storage/encryption/encryption.ts";
import { EncryptionMetrics } from "../storage/encryption/encryption-metrics.ts";
import { dataFile } from "../storage/lmdb/database.ts";
import { createMemoryStore } from "../storage/memory/memory-store.ts";

import type { Entry, Store } from "../storage/store.ts";
import { openAccess } from "./access-flags.ts";
import { createAggregatedServers, frontProxyName } from "./aggregated-servers.ts";
import { openAudit } from "./audit/audit-sinks.ts";
import type { CertificateAuthority, KeyPair } from "./certificate.ts";
import type { CertificateStore } from "./certificates.ts";
import { type ClusterServer, type ClusterServerOptions, createClusterServer, startServerComponents } from "./cluster-server.ts";

import { openEncryption } from "./encryption/open-encryption.ts";
import { UsageError } from "./options.ts";
import { createNodePlatform } from "./platform.ts";
import { type MetricsSubject, ResourceMetrics } from "./resource-metrics.ts";
import type { ServerFlags } from "./server-flags.ts";
import { firstAddress } from "./service-address.ts";
import { simulatedLabel } from "./simulated-label.ts";

export interface ControlPlaneOptions extends Omit<ClusterServerOptions, "virtual" | "handle" | "aggregatedServers" | "server"> {
  /** Absent: objects are kept in memory only. */
  storeDirectory?: string;
  certificates: CertificateStore;
  /** What somebody else gives out instead of `certificates`. */
  given?: { serving: KeyPair; clientAuthorities: string; tokenKey: string };
  bindAddresses: readonly string[];
  /** Further names and addresses of the server's certificate. */
  tlsNames: readonly string[];
  tokenAuthFile?: string;
  flags?: ServerFlags;
}

export interface ControlPlane extends ClusterServer {
  readonly store: Store;
  readonly authority: CertificateAuthority;
  /** With the key of service-account tokens. */
  signToken(claims: object): Promise<string>;
  readonly port: number;
  stop(): Promise<void>;
}

/** How long requests under way may take when the server stops. */
const drainMilliseconds = 5000;

/** The store and the API server over it, listening. What every cluster has is there when this resolves. */
export async function startControlPlane(
  deps: { clock: Clock; random: Random; logger: Logger },
  options: ControlPlaneOptions,
): Promise<ControlPlane> {
  const { clock, logger } = deps;
  const { certificates, given } = options;
  const serviceAddress = firstAddress(options.serviceClusterIpRange);
  const [authority, tokenKey, serving, kubeletClient, aggregatedServers] = await Promise.all([
    certificates.authority(),
    given ? given.tokenKey : certificates.tokenKey(),
    given ? { current: given.serving, onRenewal: () => {} } : certificates.keep("apiserver", serverNames(options, serviceAddress)),
    certificates.keep("apiserver-kubelet-client", {
      commonName: "kube-apiserver-kubelet-client",
      organizations: ["system:masters"],
      usages: ["client"],
    }),
    createAggregatedServers(certificates, logger.child({ component: "aggregator" })),
  ]);
  const { audit: auditFlags, encryption: encryptionFlags, access: accessFlags = {}, ...bounds } = options.flags ?? {};
  const access = await openAccess(deps, accessFlags);
  const authentication: AuthenticationOptions = {
    ...access.options.authentication,
    ...(options.tokenAuthFile ? { tokenFile: await readFile(options.tokenAuthFile, "utf8") } : {}),
  };
  const clientAuthority = `${given?.clientAuthorities ?? authority.certificate}${access.clientAuthorities}`;
  const encryptionMetrics = new EncryptionMetrics();
  const sealing =
    encryptionFlags && options.storeDirectory !== undefined
      ? await openEncryption({ ...deps, logger: logger.child({ component: "encryption" }), metrics: encryptionMetrics }, encryptionFlags)
      : undefined;
  const store = await openStore(deps, options.storeDirectory, sealing?.encryption);
  const isNew = store.stats().keys === 0;
  const platform = createNodePlatform({
    tokenKey,
    otherTokenKeys: access.tokenKeys,
    authority: authority.certificate,
    clientCertificate: () => kubeletClient.current,
  });
  const stopping = new AbortController();
  const audit = auditFlags && openAudit({ clock, logger: logger.child({ component: "audit" }) }, auditFlags);
  const metrics =
    options.nodeProxy &&
    measure(deps, options.nodeProxy, stopping.signal, (resource) => clusterServer.server.context.objects.list(resource));
  let clusterServer: ClusterServer;
  try {
    clusterServer = createClusterServer(
      { ...deps, store, platform },
      {
        ...options,
        aggregatedServers,
        moreMetrics: () => [...storageSize(options.storeDirectory), ...encryptionMetrics.families()],
        ...(metrics ? { virtual: resourceMetricsResources(metrics) } : {}),
        server: {
          ...access.options,
          authentication,
          ...bounds,
          ...(audit ? { audit: audit.options } : {}),
          healthChecks: sealing?.healthChecks ?? [],
        },
      },
    );
  } catch (error) {
    access.close();
    await audit?.close();
    await store.close();
    sealing?.close();
    throw error instanceof ConfigurationError ? new UsageError(error.message) : error;
  }
  const { server } = clusterServer;
  const clientAuthorities = new ClientAuthorities(clientAuthority, authentication.frontProxy?.clientCA);
  const listeners = options.bindAddresses.map((address) => ({
    address,
    https: new HttpsServer({
      handle: (request) => server.handle(request),
      upgrade: (request) => server.upgrade(request),
      certificate: serving.current.certificate,
      key: serving.current.key,
      clientAuthorities,
      logger: logger.child({ component: "https" }),
      onHandshakeError: () => server.context.metrics.requests.handshakeErrors++,
    }),
  }));
  serving.onRenewal(({ certificate, key }) => {
    for (const { https } of listeners) https.renew(certificate, key);
  });
  const components = startServerComponents(
    { ...deps, clusterServer },
    {
      ...options,
      serviceAddress,
      authority: clientAuthority,
      frontProxy: { authority: aggregatedServers.authority, name: frontProxyName },
    },
  );
  const stop = async () => {
    stopping.abort();
    await components.stop();
    server.close();
    const giveUp = new AbortController();
    const timer = clock.setTimeout(() => giveUp.abort(), drainMilliseconds);
    await Promise.all(listeners.map(({ https }) => https.close(giveUp.signal)));
    timer.cancel();
    access.close();
    await audit?.close();
    await store.close();
    sealing?.close();
    platform.close();
    aggregatedServers.close();
  };
  try {
    await Promise.all(listeners.map(({ https, address }) => https.listen(options.port, address)));
    await components.ready;
    // A cluster's time begins when it is ready: what it was made of is too old to be read or watched from, as upstream has it.
    if (isNew) store.compact(store.revision);
  } catch (error) {
    await stop();
    throw error;
  }
  const signToken = (claims: object) => platform.signToken(claims as Record<string, unknown>);
  return { ...clusterServer, store, authority, signToken, port: options.port, stop };
}

/** How large the file is that objects are kept in, under the name that upstream has for etcd's. */
function storageSize(directory: string | undefined): NamedSamples[] {
  if (directory === undefined) return [];
  const { size } = statSync(join(directory, dataFile));
  return [{ name: "apiserver_storage_size_bytes", samples: () => [{ labels: { storage_cluster_id: "etcd-0" }, value: size }] }];
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

async function openStore(
  { clock, logger }: { clock: Clock; logger: Logger },
  directory: string | undefined,
  encryption: StorageEncryption | undefined,
): Promise<Store> {
  const storeLogger = logger.child({ component: "store" });
  if (directory === undefined) return createMemoryStore({ clock, logger: storeLogger });
  const { openLmdbStore } = await import("../storage/lmdb/lmdb-store.ts").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new UsageError("the package lmdb is not installed, which keeps the cluster on disk: install it, or use --store memory");
  });
  return await openLmdbStore({ directory, clock, logger: storeLogger, ...(encryption ? { encryption } : {}) });
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
