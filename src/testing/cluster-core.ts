import { generateKeyPairSync } from "node:crypto";
import type { Component } from "../client/client.ts";
import { createInformerFactory } from "../client/informer-factory.ts";
import { selfSignedAuthority } from "../cluster/authority-certificate.ts";
import type { KeyPair } from "../cluster/certificate.ts";
import { createIssuer } from "../cluster/certificate-requests.ts";
import { openAuthority } from "../cluster/certificates.ts";
import { ensureClusterObjects } from "../cluster/cluster-objects.ts";
import { type ClusterServer, createClusterServer, startServerComponents } from "../cluster/cluster-server.ts";
import { startControllers } from "../cluster/controllers.ts";
import { createNodePlatform } from "../cluster/platform.ts";
import { firstAddress } from "../cluster/service-address.ts";
import { startSimulatedNodes } from "../cluster/simulated-nodes.ts";
import { systemClock } from "../cluster/system-clock.ts";
import { type Logger, silentLogger } from "../machinery/logger.ts";
import { type SeededRandom, seededRandom } from "../machinery/random.ts";
import { startScheduler } from "../scheduler/scheduler.ts";
import { createMemoryStore, type MemoryStore } from "../storage/memory/memory-store.ts";
import { type ClusterTime, RealTime, VirtualTime } from "./cluster-time.ts";
import { RequestGate } from "./request-gate.ts";
import { type Selection, type StartOptions, selectionOf } from "./start-options.ts";

const yearMilliseconds = 365 * 24 * 3600 * 1000;
const serviceClusterIpRange = "10.96.0.0/16";
/** Room for 65,535 nodes. */
const clusterCidr = "11.0.0.0/8";
const localVolumeDirectory = "/simulated/volumes";
/** Where the API server says that it is, until it is served. */
const address = "127.0.0.1";
const port = 6443;

/** What a cluster is made of and what a copy of it begins with. */
export interface CoreState {
  time: ClusterTime;
  random: SeededRandom;
  store: MemoryStore;
  keys: ClusterKeys;
  selection: Selection;
  nodes: number;
  disableAdmissionPlugins: readonly string[];
  logger: Logger;
}

/** The cluster's secrets, PEM. */
export interface ClusterKeys {
  authority: KeyPair;
  /** Signs service-account tokens. */
  tokenKey: string;
}

export function newState(options: StartOptions): CoreState {
  const { clock = "virtual", now, seed = 1, logger = silentLogger, nodes = 0 } = options;
  const time = clock === "real" ? new RealTime() : new VirtualTime(now === undefined ? undefined : new Date(now).getTime());
  const selection = selectionOf(options);
  const accounts = selection.controllers.includes("serviceaccount-controller");
  return {
    time,
    random: seededRandom(seed),
    store: createMemoryStore({ clock: time, logger, retentionMilliseconds: Number.POSITIVE_INFINITY }),
    keys: newKeys(time.now()),
    selection,
    nodes,
    disableAdmissionPlugins: options.disableAdmissionPlugins ?? (accounts ? [] : ["ServiceAccount"]),
    logger,
  };
}

/** Good now and at the cluster's time, whichever is first and last: connections are checked by the machine's clock. */
function newKeys(clusterNow: number): ClusterKeys {
  const now = systemClock.now();
  const notBefore = new Date(Math.min(now, clusterNow) - yearMilliseconds);
  const authority = selfSignedAuthority("kybern-ca", notBefore, new Date(Math.max(now, clusterNow) + 10 * yearMilliseconds));
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { authority, tokenKey: privateKey.export({ format: "pem", type: "sec1" }) as string };
}

/** The parts of a cluster, and which of them run. */
export class ClusterCore {
  readonly state: CoreState;
  readonly gate: RequestGate;
  readonly server: ClusterServer;
  readonly #platform: ReturnType<typeof createNodePlatform>;
  readonly #stopping = new AbortController();
  #begun = false;
  #awake = false;
  #serverComponents: ReturnType<typeof startServerComponents> | undefined;
  #components: Component[] = [];
  #stopped: Promise<void> | undefined;

  constructor(state: CoreState) {
    this.state = state;
    const { time, random, store, keys, logger } = state;
    this.gate = new RequestGate(time, () => this.wake());
    this.#platform = createNodePlatform({
      tokenKey: keys.tokenKey,
      authority: keys.authority.certificate,
      clientCertificate: () => keys.authority,
    });
    this.server = createClusterServer(
      { clock: time, random, store, logger, platform: this.#platform },
      {
        advertiseAddress: address,
        port,
        serviceClusterIpRange,
        nodePortRange: "30000-32767",
        issuer: "https://kubernetes.default.svc.cluster.local",
        disabledAdmissionPlugins: state.disableAdmissionPlugins,
        notActedOn: () => undefined,
        handle: (request, server) => this.gate.handle(request, server),
      },
    );
  }

  /** Makes what every cluster has; what acts on it is started after that. */
  async begin(): Promise<void> {
    const { controllers } = this.state.selection;
    await this.#drive(this.#startServerComponents().ready);
    const client = this.server.clientAs("system:kybern", ["system:masters"]);
    await ensureClusterObjects(client, { serviceClusterIpRange, localVolumes: controllers.includes("persistentvolume-binder-controller") });
    this.#begun = true;
    this.wake();
    if (this.state.nodes > 0) await this.#startNodes();
  }

  /** Starts what acts on objects, if it doesn't run. They find all that they need in objects. */
  wake(): void {
    if (!this.#begun || this.#awake || this.#stopped) return;
    this.#awake = true;
    if (!this.#serverComponents) this.#startServerComponents();
    const { time, keys, selection } = this.state;
    if (selection.controllers.length > 0) {
      const authority = openAuthority(keys.authority, time);
      this.#components.push(
        ...startControllers(
          {
            ...this.#deps("controllers", "system:kube-controller-manager", ["system:masters"]),
            issuer: heldBack(createIssuer({ cluster: authority, serving: authority }), time),
            discover: async () => this.server.served(),
            certificateAuthority: keys.authority.certificate,
            clusterCidr,
            localVolumeDirectory,
          },
          selection.controllers,
        ),
      );
    }
    if (selection.scheduler) this.#components.push(startScheduler(this.#deps("scheduler", "system:kube-scheduler")));
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  #startServerComponents() {
    const { time, random, keys, logger } = this.state;
    this.#serverComponents = startServerComponents(
      { clock: time, random, logger, clusterServer: this.server },
      {
        advertiseAddress: address,
        port,
        serviceClusterIpRange,
        serviceAddress: firstAddress(serviceClusterIpRange),
        authority: keys.authority.certificate,
      },
    );
    this.#components.push(this.#serverComponents);
    return this.#serverComponents;
  }

  #deps(component: string, user: string, groups: string[] = []) {
    const { time, random, logger } = this.state;
    const deps = {
      client: this.server.clientAs(user, groups),
      clock: time,
      random,
      logger: logger.child({ component }),
      signal: this.#stopping.signal,
    };
    return { ...deps, informers: createInformerFactory(deps) };
  }

  async #startNodes(): Promise<void> {
    const { time, random, logger, nodes } = this.state;
    const starting = startSimulatedNodes(
      {
        clock: time,
        random,
        logger: logger.child({ component: "simulated-nodes" }),
        clientAs: (name, groups) => this.server.clientAs(name, groups),
      },
      { count: nodes, clusterCidr, localVolumeDirectory },
    );
    this.#components.push(await this.#drive(starting));
  }

  /** Waits for a part of the cluster; on virtual time, by letting time pass until it is done. */
  async #drive<T>(promise: Promise<T>): Promise<T> {
    const { time } = this.state;
    let over = false;
    const end = () => {
      over = true;
    };
    promise.then(end, end);
    if (time.virtual) await time.passUntil(time.now() + startMilliseconds, () => over);
    return await promise;
  }

  async #stop(): Promise<void> {
    this.#stopping.abort();
    await this.#drive(Promise.all(this.#components.map((component) => component.stop())));
    this.server.server.close();
    await this.state.store.close();
    this.#platform.close();
  }
}

/** A part that has not started by then never will. */
const startMilliseconds = 60_000;

/** Cryptography runs elsewhere: time waits for it. */
function heldBack(issuer: ReturnType<typeof createIssuer>, time: ClusterTime): ReturnType<typeof createIssuer> {
  const held = async <T>(work: Promise<T>): Promise<T> => {
    time.enter();
    try {
      return await work;
    } finally {
      time.leave();
    }
  };
  return { read: (request) => held(issuer.read(request)), issue: (request, options) => held(issuer.issue(request, options)) };
}
