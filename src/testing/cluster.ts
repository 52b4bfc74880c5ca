import type { CustomResourceDefinition } from "../api/apiextensions/v1.ts";
import type { Client } from "../client/client.ts";
import { type Connection, createConnection } from "../client/connection.ts";
import { createKubeClient, type KubeClient } from "../client/kube-client.ts";
import type { Clock } from "../machinery/clock.ts";
import { type Logger, silentLogger } from "../machinery/logger.ts";
import type { AnyObject, KubeObject } from "../machinery/object.ts";
import { apiVersionOf, type ResourceRef } from "../machinery/resource-ref.ts";
import { storageKey } from "../storage/store.ts";
import { ClusterCore } from "./cluster-core.ts";
import { ClusterObject } from "./cluster-object.ts";
import type { Hold } from "./cluster-time.ts";
import { type Condition, conditionText, type Judgement, judge } from "./conditions.ts";
import { type Duration, durationText, milliseconds } from "./durations.ts";
import type { Faults } from "./faults.ts";
import { isError } from "./is-error.ts";
import { type Manifests, objectsOf } from "./manifests.ts";
import { checkStage, type PodStage } from "./pod-stage.ts";
import type { LoggedRequest } from "./request-log.ts";
import type { Served, ServeOptions } from "./served.ts";
import type { ServedCluster } from "./served-cluster.ts";
import { type Place, placeOf, type Target } from "./target.ts";
import { grant, type UserOptions } from "./users.ts";
import type { AdmissionHandler, ConversionHandler } from "./webhooks.ts";

/** Of `cluster.apply`. */
export interface ApplyOptions {
  /** Of objects that name none; `default` unless told. */
  namespace?: string;
  fieldManager?: string;
}

/** Of `cluster.until`. */
export interface UntilOptions {
  /** `default` unless told. */
  namespace?: string;
  /** How much of the cluster's time may pass: ten minutes of virtual time, thirty seconds of real time unless told. */
  timeout?: Duration;
}

/** Somebody who uses the cluster. */
export interface ClusterUser {
  readonly name: string;
  readonly client: KubeClient;
  /** A kubeconfig's text for the user. Opens HTTPS if it isn't open. */
  kubeConfig(): Promise<string>;
}

const admin = { name: "kubernetes-admin", groups: ["system:masters", "system:authenticated"] };
const defaultVirtualTimeout = "10m";
const defaultRealTimeout = "30s";

/** A cluster in this process. */
export class Cluster implements AsyncDisposable {
  /** As an administrator. */
  readonly client: KubeClient;
  readonly #core: ClusterCore;
  readonly #admin: Client;
  /** Of users. */
  readonly #groups = new Map<string, readonly string[]>();
  #served: Promise<ServedCluster> | undefined;

  /** @internal Use `startCluster`. */
  constructor(core: ClusterCore) {
    this.#core = core;
    this.#admin = core.server.clientAs(admin.name, admin.groups);
    this.client = this.#clientOver(this.#admin);
  }

  /** The cluster's time: for components of one's own that take a clock. */
  get clock(): Clock & { hold(what?: string): Hold } {
    const { time } = this.#core.state;
    return {
      now: () => time.now(),
      setTimeout: (callback, delay) => time.setTimeout(callback, delay),
      hold: (what = "clock.hold()") => time.hold(what),
    };
  }

  get now(): Date {
    return new Date(this.#core.state.time.now());
  }

  /** Trouble on command. */
  get faults(): Faults {
    return this.#core.gate.faults;
  }

  /** The newest requests, oldest first; those of the cluster's own components too. */
  get requests(): LoggedRequest[] {
    return this.#core.gate.log.entries;
  }

  /** The newest revision of the store. */
  get revision(): number {
    return this.#core.state.store.revision;
  }

  /**
   * Applies manifests server-side, what others need first. Resolves with the objects as they are stored, in that order. Definitions are
   * established and namespaces furnished before what follows them.
   */
  async apply(manifests: Manifests, { namespace = "default", fieldManager = "kybern-testing" }: ApplyOptions = {}): Promise<AnyObject[]> {
    const applied: AnyObject[] = [];
    let last = "";
    for (const object of objectsOf(manifests)) {
      if (last !== object.kind && furnished.has(last)) await this.#core.state.time.rest();
      last = object.kind ?? "";
      const ref = placeOf(object, this.#definitions(), namespace);
      const placed = ref.namespace ? { ...object, metadata: { ...object.metadata, namespace: ref.namespace } } : object;
      const options = { fieldManager, force: true, ...(ref.namespace ? { namespace: ref.namespace } : {}) };
      const patch = { type: "application/apply-patch+yaml", body: placed } as const;
      const stored = await this.#admin.patch(ref.definition as ResourceRef<AnyObject>, ref.name, patch, options);
      if (object.kind === "CustomResourceDefinition") await this.#established(stored);
      applied.push(structuredClone(stored));
    }
    if (furnished.has(last)) await this.#core.state.time.rest();
    return applied;
  }

  /**
   * Lets time pass until the condition holds, and resolves with the object (undefined where it is deleted). On virtual time nothing waits:
   * what is due happens at once, in order. Rejects with an error that tells the object's conditions, its pods and events.
   */
  async until<T extends KubeObject = AnyObject>(target: Target, condition: Condition, options: UntilOptions = {}): Promise<T> {
    const { namespace = "default" } = options;
    const { time, store } = this.#core.state;
    this.#core.wake();
    const timeout = options.timeout ?? (time.virtual ? defaultVirtualTimeout : defaultRealTimeout);
    let judgement: Judgement = { holds: false, reason: "" };
    let judgedAt = -1;
    let object: AnyObject | undefined;
    const look = () => {
      if (this.#core.isStopping)
        throw new Error(`the cluster is stopped while ${this.object(target, { namespace }).title} is waited for: is an await missing?`);
      if (store.revision === judgedAt) return judgement.holds || judgement.final === true;
      judgedAt = store.revision;
      object = this.#read(() => placeOf(target, this.#definitions(), namespace));
      judgement = judge(object, condition);
      return judgement.holds || judgement.final === true;
    };
    await time.passUntil(time.now() + milliseconds(timeout), look);
    if (judgement.holds) return structuredClone(object) as unknown as T;
    const subject = this.object(target, { namespace });
    const within = judgement.final ? "" : ` within ${durationText(timeout)}`;
    const trouble = await subject.trouble();
    const failed = condition === "exists" ? "does not exist" : `is not ${conditionText(condition)}`;
    throw new Error(`${subject.title} ${failed}${within}: ${judgement.reason}${trouble ? `\n${trouble}` : ""}`);
  }

  /** An object that there may or may not be, as it is whenever it is looked at: for matchers. */
  object(target: Target, { namespace = "default" }: { namespace?: string } = {}): ClusterObject {
    const place = () => placeOf(target, this.#definitions(), namespace);
    return new ClusterObject({
      client: this.#admin,
      place,
      read: () => this.#read(place),
      elsewhere: () => this.#elsewhere(place()),
      now: () => this.#core.state.time.now(),
    });
  }

  /** Lets so much time pass. On virtual time, what falls due meanwhile happens at once, in order. */
  async advance(duration: Duration): Promise<void> {
    const { time } = this.#core.state;
    this.#core.wake();
    await time.passUntil(time.now() + milliseconds(duration));
  }

  /** Resolves when nothing is left to do at this time. */
  async rest(): Promise<void> {
    this.#core.wake();
    await this.#core.state.time.rest();
  }

  /** Scripts pods that start from now on. What is returned takes the stage back. */
  stage(stage: PodStage): () => void {
    checkStage(stage);
    const { stages } = this.#core.state;
    stages.push(stage);
    return () => {
      const index = stages.indexOf(stage);
      if (index >= 0) stages.splice(index, 1);
    };
  }

  /** A simulated node falls silent, as one that lost power. */
  async loseNode(name: string): Promise<void> {
    await (await this.#core.nodes()).lose(name);
  }

  /** A lost node comes back. */
  async restoreNode(name: string): Promise<void> {
    await (await this.#core.nodes()).restore(name);
  }

  /** For operators and other components of one's own, in process and on the cluster's time: what `connect` of `kybern/client` gives elsewhere. */
  connection(user: Pick<ClusterUser, "name"> = admin, logger: Logger = silentLogger): Connection {
    const groups = user.name === admin.name ? admin.groups : (this.#groups.get(user.name) ?? ["system:authenticated"]);
    const { time, random } = this.#core.state;
    const connection = createConnection({
      client: this.#core.server.clientAs(user.name, groups),
      discover: async () => this.#core.server.served(),
      clock: time,
      random,
      logger,
    });
    this.#core.own(connection);
    return connection;
  }

  /** A user who may do what the options say, in process and, once the cluster is served, over HTTPS. */
  async user(name: string, options: UserOptions = {}): Promise<ClusterUser> {
    await grant(this.client, name, options);
    const groups = [...(options.groups ?? []), "system:authenticated"];
    this.#groups.set(name, groups);
    return {
      name,
      client: this.#clientOver(this.#core.server.clientAs(name, groups), options.namespace),
      kubeConfig: async () => (await this.#https({})).kubeconfigFor({ name, groups }),
    };
  }

  /**
   * Answers what the API server asks of admission webhooks whose configuration names the service (`NAMESPACE/NAME`), in this process. The
   * service is made when it isn't there; its namespace must be.
   */
  async admissionWebhook(service: string, handler: AdmissionHandler): Promise<void> {
    await this.#core.state.webhooks.serve(this.#admin, service, { admission: handler });
  }

  /** As `admissionWebhook`, for the conversion of custom resources. */
  async conversionWebhook(service: string, handler: ConversionHandler): Promise<void> {
    await this.#core.state.webhooks.serve(this.#admin, service, { conversion: handler });
  }

  /** Opens HTTPS, once: for kubectl, helm and other clients. */
  async serve(options: ServeOptions = {}): Promise<Served> {
    return await this.#https(options);
  }

  /**
   * A copy of the whole cluster at this moment, whose further way is its own. It costs next to nothing: the two share what is the same.
   * What runs in it starts anew, as after a crash, when something happens.
   */
  fork(): Cluster {
    const core = new ClusterCore(this.#core.copy());
    core.resume();
    return new Cluster(core);
  }

  /**
   * The whole cluster at this moment, with its history and its newest requests, into a file: `startCluster({ from: file })` goes on with it,
   * and `kybern open FILE` serves it to kubectl, at any of its revisions.
   */
  async save(file: string): Promise<void> {
    await this.#core.state.time.rest();
    await this.#core.save(file);
  }

  /** Runs a test; one that fails leaves the cluster behind in the file, and says so. */
  async savedOnFailure<T>(file: string, test: () => T | Promise<T>): Promise<T> {
    try {
      return await test();
    } catch (error) {
      const outcome = await this.#core.save(file).then(
        () => `The cluster as it was then: kybern open ${file}`,
        (reason: Error) => `The cluster could not be saved: ${reason.message}`,
      );
      if (isError(error)) error.message += `\n${outcome}`;
      throw error;
    }
  }

  /** Ends all that runs. The cluster answers no more. */
  async stop(): Promise<void> {
    const served = await this.#served;
    await this.#core.stop();
    await served?.close();
  }

  async #https(options: ServeOptions): Promise<ServedCluster> {
    this.#core.gate.check();
    // What HTTPS takes is loaded by those who use it.
    this.#served ??= import("./served-cluster.ts").then(({ ServedCluster }) => ServedCluster.start(this.#core, admin, options));
    return await this.#served;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #clientOver(client: Client, namespace?: string): KubeClient {
    return createKubeClient({ client, ...(namespace ? { namespace } : {}), discover: async () => this.#core.server.served() });
  }

  *#definitions() {
    for (const { definition } of this.#core.server.server.catalog.all()) yield definition;
  }

  #read(find: () => Place): AnyObject | undefined {
    const { definition, namespace, name } = find();
    const entry = this.#core.server.server.reader.get(storageKey(definition.storageName, namespace, name));
    if (!entry) return undefined;
    return { ...entry.value, apiVersion: apiVersionOf(definition), kind: definition.kind };
  }

  /** The other namespaces in which there is an object of that name. */
  #elsewhere({ definition, name }: Place): string[] {
    if (!definition.namespaced) return [];
    const root = this.#core.state.store.root();
    const namespaces = [...root.range("/registry/namespaces/")].map(({ value }) => value.metadata.name as string);
    return namespaces.filter((namespace) => root.get(storageKey(definition.storageName, namespace, name)));
  }

  async #established(stored: AnyObject): Promise<void> {
    const { metadata } = stored as unknown as CustomResourceDefinition;
    await this.until(`customresourcedefinition/${metadata.name}`, "Established");
    await this.#core.state.time.rest();
  }
}

/** What follows objects of these kinds needs what controllers make of them. */
const furnished = new Set(["Namespace", "ServiceAccount"]);
