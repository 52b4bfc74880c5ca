import type { CustomResourceDefinition } from "../api/apiextensions/v1.ts";
import type { Client } from "../client/client.ts";
import { createKubeClient, type KubeClient } from "../client/kube-client.ts";
import type { Clock } from "../machinery/clock.ts";
import type { AnyObject, KubeObject } from "../machinery/object.ts";
import { apiVersionOf, type ResourceRef } from "../machinery/resource-ref.ts";
import { storageKey } from "../storage/store.ts";
import type { ClusterCore } from "./cluster-core.ts";
import type { Hold } from "./cluster-time.ts";
import { type Condition, conditionText, type Judgement, judge } from "./conditions.ts";
import { type Duration, durationText, milliseconds } from "./durations.ts";
import type { Faults } from "./faults.ts";
import { type Manifests, objectsOf } from "./manifests.ts";
import type { LoggedRequest } from "./request-gate.ts";
import { type Place, placeOf, type Target } from "./target.ts";
import { troubleText } from "./trouble.ts";

export interface ApplyOptions {
  /** Of objects that name none; `default` unless told. */
  namespace?: string;
  fieldManager?: string;
}

export interface UntilOptions {
  /** `default` unless told. */
  namespace?: string;
  /** How much of the cluster's time may pass: ten minutes of virtual time, thirty seconds of real time unless told. */
  timeout?: Duration;
}

const adminName = "kubernetes-admin";
const adminGroups = ["system:masters", "system:authenticated"];
const defaultVirtualTimeout = "10m";
const defaultRealTimeout = "30s";

/** A cluster in this process. */
export class Cluster implements AsyncDisposable {
  /** As an administrator. */
  readonly client: KubeClient;
  readonly #core: ClusterCore;
  readonly #admin: Client;

  /** Use `startCluster`. */
  constructor(core: ClusterCore) {
    this.#core = core;
    this.#admin = core.server.clientAs(adminName, adminGroups);
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
    return this.#core.gate.log;
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
      const ref = placeOf(object, this.#served(), namespace);
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
      if (store.revision === judgedAt) return judgement.holds || judgement.final === true;
      judgedAt = store.revision;
      object = this.#read(() => placeOf(target, this.#served(), namespace));
      judgement = judge(object, condition);
      return judgement.holds || judgement.final === true;
    };
    await time.passUntil(time.now() + milliseconds(timeout), look);
    if (judgement.holds) return structuredClone(object) as unknown as T;
    const place = placeOf(target, this.#served(), namespace);
    const what = `${place.definition.singular}/${place.name}${place.namespace ? ` in namespace ${place.namespace}` : ""}`;
    const within = judgement.final ? "" : ` within ${durationText(timeout)}`;
    const trouble = object ? await troubleText(this.#admin, object, time.now()) : "";
    throw new Error(`${what} is not ${conditionText(condition)}${within}: ${judgement.reason}${trouble ? `\n${trouble}` : ""}`);
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

  /** Ends all that runs. The cluster answers no more. */
  async stop(): Promise<void> {
    await this.#core.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #clientOver(client: Client): KubeClient {
    return createKubeClient({ client, discover: async () => this.#core.server.served() });
  }

  *#served() {
    for (const { definition } of this.#core.server.server.catalog.all()) yield definition;
  }

  #read(find: () => Place): AnyObject | undefined {
    const { definition, namespace, name } = find();
    const entry = this.#core.server.server.reader.get(storageKey(definition.storageName, namespace, name));
    if (!entry) return undefined;
    return { ...entry.value, apiVersion: apiVersionOf(definition), kind: definition.kind };
  }

  async #established(stored: AnyObject): Promise<void> {
    const { metadata } = stored as unknown as CustomResourceDefinition;
    await this.until(`customresourcedefinition/${metadata.name}`, "Established");
    await this.#core.state.time.rest();
  }
}

/** What follows objects of these kinds needs what controllers make of them. */
const furnished = new Set(["Namespace", "ServiceAccount"]);
