import type { Pod } from "../../api/core/v1.ts";
import { events as eventsRef, namespaces, pods as podsRef } from "../../api/refs.ts";
import { admin, TestServer } from "../../apiserver/testing/test-server.ts";
import type { Client, Component, ComponentDeps } from "../../client/client.ts";
import { createInProcessClient } from "../../client/in-process-client.ts";
import type { InformerFactory } from "../../client/informer.ts";
import { createInformerFactory } from "../../client/informer-factory.ts";
import type { Discover } from "../../client/served-resource.ts";
import { recordingLogger } from "../../client/testing/recording-logger.ts";
import type { VirtualClock } from "../../machinery/clock.ts";
import { isNotFound } from "../../machinery/errors.ts";
import type { KubeObject } from "../../machinery/object.ts";
import { seededRandom } from "../../machinery/random.ts";
import type { ResourceRef } from "../../machinery/resource-ref.ts";

export type HarnessDeps = ComponentDeps & { informers: InformerFactory; discover: Discover };

/** Controllers at work on a real API server in process, on virtual time. The namespace `default` is there. */
export class ServerHarness {
  readonly server: TestServer;
  readonly clock: VirtualClock;
  readonly client: Client;
  readonly logger = recordingLogger();
  readonly deps: HarnessDeps;
  readonly #stopping = new AbortController();
  readonly #components: Component[] = [];

  private constructor(server: TestServer) {
    this.server = server;
    this.clock = server.clock;
    this.client = createInProcessClient({ handle: (request) => server.server.handle(request), identity: admin });
    const deps = {
      client: this.client,
      clock: this.clock,
      logger: this.logger,
      random: seededRandom(1),
      signal: this.#stopping.signal,
    };
    const discover = async () => [...server.server.catalog.all()].map(({ definition }) => definition);
    this.deps = { ...deps, discover, informers: createInformerFactory(deps) };
  }

  static async started(...starts: ((deps: HarnessDeps) => Component)[]): Promise<ServerHarness> {
    return await ServerHarness.on(await TestServer.started(), ...starts);
  }

  /** Other controllers over a server that is there: a restart of them. */
  static async on(server: TestServer, ...starts: ((deps: HarnessDeps) => Component)[]): Promise<ServerHarness> {
    const harness = new ServerHarness(server);
    for (const start of starts) harness.#components.push(start(harness.deps));
    await harness.rest();
    return harness;
  }

  /** Lets everything come to rest; time moves on by a little, for back-offs and event recorders. */
  async rest(milliseconds = 50): Promise<void> {
    await settle();
    await this.clock.advance(milliseconds);
    await settle();
    await this.clock.advance(0);
    await settle();
  }

  /** Time passes in steps, in each of which everything comes to rest. */
  async pass(milliseconds: number, step = 250): Promise<void> {
    for (let left = milliseconds; left > 0; left -= step) await this.rest(Math.min(step, left));
  }

  get revision(): number {
    return this.server.store.revision;
  }

  async find<T extends KubeObject>(ref: ResourceRef<T>, name: string, namespace = "default"): Promise<T | undefined> {
    try {
      return await this.client.get(ref, name, ref.namespaced ? { namespace } : {});
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async get<T extends KubeObject>(ref: ResourceRef<T>, name: string, namespace = "default"): Promise<T> {
    return await this.client.get(ref, name, ref.namespaced ? { namespace } : {});
  }

  async list<T extends KubeObject>(ref: ResourceRef<T>, namespace = "default"): Promise<T[]> {
    return (await this.client.list(ref, ref.namespaced ? { namespace } : {})).items;
  }

  async names(ref: ResourceRef, namespace = "default"): Promise<string[]> {
    return (await this.list(ref, namespace)).map(({ metadata }) => metadata.name ?? "");
  }

  async makeNamespace(name: string): Promise<void> {
    await this.client.create(namespaces, { metadata: { name } });
  }

  /** A pod bound to a node, with what its status shall be. */
  async makePod(pod: Pod, status?: Pod["status"]): Promise<Pod> {
    const full: Pod = {
      ...pod,
      metadata: { namespace: "default", ...pod.metadata },
      spec: { containers: [{ name: "main", image: "image" }], ...pod.spec },
    };
    const made = await this.client.create(podsRef, full);
    return status ? await this.setPodStatus(made, status) : made;
  }

  async setPodStatus(pod: Pod, status: Pod["status"]): Promise<Pod> {
    const body = { status: { ...status, ...(status?.podIP ? { podIPs: [{ ip: status.podIP }] } : {}) } };
    return await this.client.patch(
      podsRef,
      pod.metadata.name ?? "",
      { type: "application/strategic-merge-patch+json", body },
      { namespace: pod.metadata.namespace ?? "", subresource: "status" },
    );
  }

  /** Events in the order of their making: `Normal FailedBinding data: no persistent volumes …`. */
  async events(): Promise<string[]> {
    const { items } = await this.client.list(eventsRef);
    return items
      .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
      .map(({ type, reason, message, involvedObject }) => `${type} ${reason} ${involvedObject.name}: ${message}`);
  }

  /** Lines of trouble that components have logged. */
  errors(): unknown[] {
    return this.logger.lines.filter(({ level }) => level === "error" || level === "warn");
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#components.map((component) => component.stop()));
    await this.deps.informers.whenStopped();
  }
}

/** Nothing here waits for anything but promises. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 1500; turn++) await Promise.resolve();
}
