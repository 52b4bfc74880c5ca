import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Client, Component, ComponentDeps } from "../client/client.ts";
import { discoverOver } from "../client/discovery.ts";
import { createHttpClient, type HttpClient } from "../client/http-client.ts";
import { createInformerFactory } from "../client/informer-factory.ts";
import { startLeaderElection } from "../client/leader-election.ts";
import type { CertificateIssuer } from "../controllers/certificates/requested-certificate.ts";
import { startDns } from "../dns/start-dns.ts";
import type { Clock } from "../machinery/clock.ts";
import { uuid } from "../machinery/random.ts";
import { runCommand } from "../node/network/command.ts";
import { networkNames } from "../node/network/names.ts";
import { createNftablesProxy } from "../node/proxy/nftables-proxy.ts";
import { startProxy } from "../node/proxy/start-proxy.ts";
import { startScheduler } from "../scheduler/scheduler.ts";
import { createIssuer } from "./certificate-requests.ts";
import { CertificateStore } from "./certificates.ts";
import { startControllers } from "./controllers.ts";
import { DataDirectory } from "./data-directory.ts";
import { UsageError } from "./options.ts";
import { joinNode } from "./run-node.ts";
import { checkReachable, type RunDeps, type RunOptions } from "./run-options.ts";
import { createTokenKeys, type TokenKeys } from "./token-keys.ts";
import { kybernVersion } from "./version.ts";

/** A part that runs by itself. */
export interface RunningComponent extends Component {
  /** Aborted when it has failed for good; the reason tells why. */
  readonly failure: AbortSignal;
}

/** Starts one part of a cluster against the API server that the connection leads to. Resolves when it is at work. */
export async function runComponent(deps: RunDeps, options: RunOptions): Promise<RunningComponent> {
  checkComplete(options);
  const failure = new AbortController();
  if (options.component === "node") {
    const node = await joinNode(deps, options, (reason) => failure.abort(new Error(reason)));
    return { failure: failure.signal, stop: () => node.stop() };
  }
  const { clock, random } = deps;
  const stopping = new AbortController();
  const client = createHttpClient(options.connection, { clock, random, userAgent: `kybern-${options.component}/${kybernVersion}` });
  const componentDeps: ComponentDeps = { client, clock, random, logger: deps.logger, signal: stopping.signal };
  try {
    await checkReachable(client, options.connection.server);
    const component = await start(deps, { ...componentDeps, client }, options);
    return {
      failure: failure.signal,
      async stop() {
        // Leaders give their lease back first, for which the client is needed.
        await component.stop();
        stopping.abort();
        client.close();
      },
    };
  } catch (error) {
    stopping.abort();
    client.close();
    throw error;
  }
}

/** What a component can't do without, told before anything is tried. */
function checkComplete({ component, listen }: RunOptions): void {
  if (component === "dns" && !listen) throw new UsageError("kybern run dns needs --listen with an address and a port such as 10.0.0.1:53");
  if (component === "proxy" && process.getuid?.() !== 0) throw new UsageError("the service proxy writes nftables rules: run it as root");
}

async function start(deps: RunDeps, componentDeps: ComponentDeps & { client: HttpClient }, options: RunOptions): Promise<Component> {
  switch (options.component) {
    case "scheduler":
      return lead(deps, componentDeps, "kube-scheduler", (leading) => [
        startScheduler({ ...leading, informers: createInformerFactory(leading) }),
      ]);
    case "controllers": {
      const { certificateAuthority } = options.connection;
      if (!certificateAuthority) deps.logger.warn("the kubeconfig names no certificate authority: pods aren't told of one");
      const issuer = options.pkiDirectory === undefined ? undefined : await openIssuer(options.pkiDirectory, deps.clock);
      const tokenKeys = options.pkiDirectory === undefined ? undefined : await openTokenKeys(options.pkiDirectory);
      return lead(deps, componentDeps, "kube-controller-manager", (leading) =>
        startControllers({
          ...leading,
          informers: createInformerFactory(leading),
          discover: discoverOver(componentDeps.client),
          ...(certificateAuthority ? { certificateAuthority } : {}),
          ...(options.clusterCidr ? { clusterCidr: options.clusterCidr } : {}),
          ...(issuer ? { issuer } : {}),
          ...(tokenKeys ? { signToken: (claims) => tokenKeys.signToken(claims as Record<string, unknown>) } : {}),
          localVolumeDirectory: join(new DataDirectory(options.dataDirectory).pods, "local-volumes"),
        }),
      );
    }
    case "dns": {
      const dns = await startDns(
        { ...componentDeps, informers: createInformerFactory(componentDeps) },
        { listen: options.listen ? [options.listen] : [], ownAddresses: options.clusterDns ? [options.clusterDns] : [] },
      );
      await dns.whenReady();
      deps.tell(`DNS listens on ${dns.addresses.map(({ host, port }) => `${host}:${port}`).join(", ")}`);
      return dns;
    }
    case "proxy":
      return await runProxy(deps, componentDeps, options);
    case "node":
      throw new Error("a node is started by joinNode");
  }
}

/** Undefined where the directory has no key of tokens. */
async function openTokenKeys(directory: string): Promise<TokenKeys | undefined> {
  const file = join(directory, "sa.key");
  return existsSync(file) ? createTokenKeys(await readFile(file, "utf8")) : undefined;
}

async function openIssuer(directory: string, clock: Clock): Promise<CertificateIssuer> {
  const store = new CertificateStore(directory, clock);
  for (const name of ["ca", "kubelet-serving-ca"] as const)
    if (!store.hasAuthority(name))
      throw new UsageError(`${directory} has no ${name}.crt and ${name}.key: --pki takes the pki directory of kybern up`);
  const [cluster, serving] = await Promise.all([store.authority("ca"), store.authority("kubelet-serving-ca")]);
  return createIssuer({ cluster, serving });
}

async function runProxy(deps: RunDeps, componentDeps: ComponentDeps, options: RunOptions): Promise<Component> {
  const data = new DataDirectory(options.dataDirectory);
  const { id } = await data.record();
  const table = networkNames(id).table;
  const proxy = createNftablesProxy({
    nodeName: options.nodeName,
    table,
    clusterCidrs: options.clusterCidr ? [options.clusterCidr] : [],
    ...(options.podCidr ? { podCidrs: [options.podCidr] } : {}),
    run: runCommand,
    logger: deps.logger,
  });
  const running = await startProxy(
    { ...componentDeps, informers: createInformerFactory(componentDeps) },
    { nodeName: options.nodeName, table, clusterCidrs: options.clusterCidr ? [options.clusterCidr] : [], proxy },
  );
  await running.whenReady();
  deps.tell(`services are served by the nftables table ${table}`);
  return {
    async stop() {
      await running.stop();
      // Nobody would keep the rules true any more.
      await proxy.remove();
    },
  };
}

/** Works only while it holds the lease: of several that run, one is at work. */
function lead(
  { tell }: RunDeps,
  deps: ComponentDeps,
  lease: string,
  begin: (deps: ComponentDeps & { client: Client }) => Component | Component[],
): Component {
  const identity = `${hostname()}_${uuid(deps.random)}`;
  return startLeaderElection({
    deps,
    namespace: "kube-system",
    name: lease,
    identity,
    onNewLeader: (leader) => tell(leader === identity ? `at work as ${identity}` : `waiting: ${leader} is at work`),
    async lead(signal) {
      const components = [begin({ ...deps, signal })].flat();
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener("abort", () => resolve(), { once: true });
      });
      await Promise.all(components.map((component) => component.stop()));
    },
  });
}
