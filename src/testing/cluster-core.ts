import type { Component } from "../client/client.ts";
import { createInformerFactory } from "../client/informer-factory.ts";
import { createIssuer } from "../cluster/certificate-requests.ts";
import { openAuthority } from "../cluster/certificates.ts";
import { ensureClusterObjects } from "../cluster/cluster-objects.ts";
import { type ClusterServer, createClusterServer, startServerComponents } from "../cluster/cluster-server.ts";
import { startControllers } from "../cluster/controllers.ts";
import { createNodePlatform } from "../cluster/platform.ts";
import { firstAddress } from "../cluster/service-address.ts";
import { SimulatedHeartbeats } from "../cluster/simulated-heartbeats.ts";
import { type MachineTable, type SimulatedNodes, startSimulatedNodes } from "../cluster/simulated-nodes.ts";
import { anySignal } from "../machinery/any-signal.ts";
import { every } from "../machinery/clock.ts";
import { type Logger, silentLogger } from "../machinery/logger.ts";
import type { Platform } from "../machinery/platform.ts";
import { type SeededRandom, seededRandom } from "../machinery/random.ts";
import { startScheduler } from "../scheduler/scheduler.ts";
import { createMemoryStore, type MemoryStore } from "../storage/memory/memory-store.ts";
import { openSnapshot } from "../storage/memory/open-snapshot.ts";
import { readClusterFile, writeClusterFile } from "./cluster-file.ts";
import { type ClusterKeys, newKeys } from "./cluster-keys.ts";
import { type ClusterTime, RealTime, VirtualTime } from "./cluster-time.ts";
import { type PendingEviction, PodEvictions } from "./pod-evictions.ts";
import type { PodStage } from "./pod-stage.ts";
import { RequestGate } from "./request-gate.ts";
import { scriptOf } from "./stage-script.ts";
import { type Selection, type StartOptions, selectionOf } from "./start-options.ts";
import { InProcessWebhooks } from "./webhooks.ts";

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
  stages: PodStage[];
  /** Of scripted pulls. */
  pullFailures: Map<string, number>;
  /** Of scripted evictions, by uid. */
  evictions: Map<string, PendingEviction>;
  /** What the nodes' runtimes held in the cluster that this one is a copy of. */
  tables: ReadonlyMap<string, MachineTable> | undefined;
  webhooks: InProcessWebhooks;
  disableAdmissionPlugins: readonly string[];
  logger: Logger;
}

/** All revisions that there is room for, whatever their age. The room is small: a hundred clusters live in one process. */
const kept = { retentionMilliseconds: Number.POSITIVE_INFINITY, historyBytes: 16 * 2 ** 20 };

export function newState(options: StartOptions): CoreState {
  const { clock = "virtual", now, seed = 1, logger = silentLogger, nodes = 0 } = options;
  const time = clock === "real" ? new RealTime() : new VirtualTime(now === undefined ? undefined : new Date(now).getTime());
  const selection = selectionOf(options);
  const accounts = selection.controllers.includes("serviceaccount-controller");
  return {
    time,
    random: seededRandom(seed),
    store: createMemoryStore({ clock: time, logger, ...kept }),
    keys: newKeys(time.now()),
    selection,
    nodes,
    stages: [...(options.stages ?? [])],
    pullFailures: new Map(),
    evictions: new Map(),
    tables: undefined,
    webhooks: new InProcessWebhooks(),
    disableAdmissionPlugins: options.disableAdmissionPlugins ?? (accounts ? [] : ["ServiceAccount"]),
    logger,
  };
}

/** A cluster that was saved goes on. What the options say otherwise counts. `at`: as it was at that revision. */
export async function savedState(path: string, options: StartOptions, at?: number): Promise<CoreState> {
  const file = await readClusterFile(path);
  const { logger = silentLogger, controllers, scheduler, clock } = options;
  const virtual = clock === undefined ? file.virtual : clock === "virtual";
  const now = options.now === undefined ? file.now : new Date(options.now).getTime();
  if (!(now >= file.now))
    throw new RangeError(
      `the saved cluster's time is ${new Date(file.now).toISOString()}: it can't go on before that, at ${String(options.now)}`,
    );
  const time = virtual ? new VirtualTime(now) : new RealTime();
  return {
    time,
    random: seededRandom(options.seed ?? file.random),
    store: openSnapshot(file.store, {
      clock: time,
      logger,
      ...kept,
      ...(at === undefined ? {} : { at }),
    }),
    keys: file.keys,
    selection: controllers === undefined && scheduler === undefined ? file.selection : selectionOf(options),
    nodes: options.nodes ?? file.nodes,
    stages: [...(options.stages ?? file.stages)],
    pullFailures: new Map(file.pullFailures),
    evictions: new Map(file.evictions),
    tables: new Map(file.tables),
    webhooks: new InProcessWebhooks(),
    disableAdmissionPlugins: options.disableAdmissionPlugins ?? file.disableAdmissionPlugins,
    logger,
  };
}

/** The parts of a cluster, and which of them run. */
export class ClusterCore {
  readonly state: CoreState;
  readonly gate: RequestGate;
  readonly server: ClusterServer;
  readonly #platform: Platform & { close(): void };
  readonly #stopping = new AbortController();
  #begun = false;
  #awake = false;
  #serverComponents: ReturnType<typeof startServerComponents> | undefined;
  #components: Component[] = [];
  readonly #connections: { close(): Promise<void> }[] = [];
  #nodes: Promise<SimulatedNodes> | undefined;
  /** What the nodes' runtimes hold; of the cluster that this one is a copy of until they run. */
  #fleet: SimulatedNodes | undefined;
  readonly #heartbeats: SimulatedHeartbeats;
  #leaseWatches = 0;
  #renewing: AbortController | undefined;
  #stopped: Promise<void> | undefined;

  constructor(state: CoreState) {
    this.state = state;
    const { time, random, store, keys, logger } = state;
    this.gate = new RequestGate(time, {
      onWrite: () => this.wake(),
      onLeases: () => this.#heartbeats.write(),
      onLeaseWatch: () => this.#watchLeases(),
    });
    const outside = createNodePlatform({
      tokenKey: keys.tokenKey,
      authority: keys.authority.certificate,
      clientCertificate: () => keys.authority,
    });
    this.#platform = { ...outside, fetch: (request) => state.webhooks.answer(request) ?? outside.fetch(request) };
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
        // Few, and at least one in the life of an informer's watch: the next one goes on from there.
        ...(time.virtual ? { bookmarkPeriodSeconds: 240, bookmarksTogether: true } : {}),
        runs: (part) => (part === "scheduler" ? state.selection.scheduler : state.selection.controllers.length > 0),
        handle: (request, server) => this.gate.handle(request, server),
      },
    );
    this.#heartbeats = new SimulatedHeartbeats(this.server.clientAs("system:kybern", ["system:masters"]), time);
  }

  /** Makes what every cluster has; what acts on it is started after that. */
  async begin(): Promise<void> {
    const { controllers } = this.state.selection;
    await this.#drive(this.#startServerComponents().ready);
    const client = this.server.clientAs("system:kybern", ["system:masters"]);
    await ensureClusterObjects(client, { serviceClusterIpRange, localVolumes: controllers.includes("persistentvolume-binder-controller") });
    this.#begun = true;
    this.wake();
    if (!this.#nodes) return;
    const nodes = await this.#drive(this.#nodes);
    // The scheduler would look at all of the nodes for each of the first pods, in vain.
    if (controllers.includes(lifecycleController)) {
      const { time } = this.state;
      await time.passUntil(time.now() + startMilliseconds, () => nodes.schedulable());
    }
  }

  /** Everything is there already: what acts on it is started when something happens. */
  resume(): void {
    this.#begun = true;
  }

  /** The simulated nodes, once they run. */
  async nodes(): Promise<SimulatedNodes> {
    this.wake();
    if (!this.#nodes) throw new Error("the cluster has no simulated nodes: start it with { nodes: 1 }");
    return await this.#drive(this.#nodes);
  }

  /** What a copy of this cluster begins with. The two share what is the same, and part ways from here on. */
  copy(): CoreState {
    this.gate.check();
    const { state } = this;
    const time = state.time.virtual ? new VirtualTime(state.time.now()) : new RealTime();
    return {
      ...state,
      time,
      random: seededRandom(state.random.state),
      store: state.store.fork(time),
      stages: [...state.stages],
      pullFailures: new Map(state.pullFailures),
      evictions: new Map(state.evictions),
      tables: this.tables(),
      webhooks: new InProcessWebhooks(state.webhooks),
    };
  }

  /** The whole cluster at this moment, into a file. */
  async save(path: string): Promise<void> {
    this.gate.check();
    const { time, random, store, selection, nodes, stages, pullFailures, evictions, disableAdmissionPlugins, keys } = this.state;
    await writeClusterFile(path, {
      now: time.now(),
      virtual: time.virtual,
      random: random.state,
      selection,
      nodes,
      stages,
      pullFailures: [...pullFailures],
      evictions: [...evictions],
      tables: [...(this.tables() ?? [])],
      disableAdmissionPlugins,
      keys,
      requests: this.gate.log.entries,
      store: store.snapshot(),
    });
  }

  /** What the nodes' runtimes hold. */
  tables(): ReadonlyMap<string, MachineTable> | undefined {
    return this.#fleet?.tables() ?? this.state.tables;
  }

  /** Starts what acts on objects, if it doesn't run. They find all that they need in objects. */
  wake(): void {
    this.gate.check();
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
            lastHeard: (node) => this.#heartbeats.lastHeard(node),
          },
          selection.controllers,
        ),
      );
    }
    if (selection.scheduler) this.#components.push(startScheduler(this.#deps("scheduler", "system:kube-scheduler")));
    if (this.state.nodes > 0) this.#nodes = this.#startNodes();
  }

  /** Is closed with the cluster, before its own parts. */
  own(connection: { close(): Promise<void> }): void {
    this.#connections.push(connection);
  }

  get isStopping(): boolean {
    return this.#stopped !== undefined;
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
        // In a day of virtual time, looking every ten seconds would be most of what happens.
        ...(time.virtual ? { reconcilePeriodSeconds: 60 } : {}),
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
      metrics: this.server.metrics,
    };
    return { ...deps, informers: createInformerFactory(deps) };
  }

  async #startNodes(): Promise<SimulatedNodes> {
    const { time, random, logger, nodes, stages, pullFailures, evictions: pending, tables } = this.state;
    const client = this.server.clientAs("system:kybern", ["system:masters"]);
    const evictions = new PodEvictions({ client, clock: time, logger, pending });
    this.#fleet = await startSimulatedNodes(
      { clock: time, random, logger: logger.child({ component: "simulated-nodes" }), clientAs: this.server.clientAs },
      {
        count: nodes,
        clusterCidr,
        localVolumeDirectory,
        heartbeats: this.#heartbeats,
        script: (node) => scriptOf(node, stages, { clock: time, random, pullFailures, evictions }),
        ...(tables ? { tables } : {}),
      },
    );
    this.#components.push(this.#fleet, evictions);
    return this.#fleet;
  }

  /** While somebody watches leases they are renewed as time passes. */
  #watchLeases(): () => void {
    if (this.#leaseWatches++ === 0) {
      this.#renewing = new AbortController();
      const signal = anySignal(this.#stopping.signal, this.#renewing.signal);
      every(this.state.time, renewMilliseconds, signal, () => {
        this.#heartbeats.write().catch((error: unknown) => this.state.logger.error("leases could not be renewed", { error }));
      });
    }
    return () => {
      if (--this.#leaseWatches === 0) this.#renewing?.abort();
    };
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
    this.state.time.releaseAll();
    await Promise.all(this.#connections.map((connection) => connection.close()));
    this.#stopping.abort();
    if (this.#nodes) await this.#drive(this.#nodes);
    await this.#drive(Promise.all(this.#components.map((component) => component.stop())));
    this.gate.close();
    this.server.server.close();
    await this.state.store.close();
    this.#platform.close();
  }
}

const lifecycleController = "node-lifecycle-controller";
const renewMilliseconds = 10_000;
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
