import type { Clock } from "../machinery/clock.ts";
import type { Logger } from "../machinery/logger.ts";
import { deepCopy, type KubeObject } from "../machinery/object.ts";
import type { Random } from "../machinery/random.ts";
import type { ResourceRef } from "../machinery/resource-ref.ts";
import type { Client, Component, ComponentDeps } from "./client.ts";
import type { Informer, InformerHandler, InformerOptions } from "./informer.ts";
import { createInformerFactory } from "./informer-factory.ts";
import { createKubeClient, type KubeClient, type Shared } from "./kube-client.ts";

/** What a program uses of a cluster, wherever that is. Everything that it has started ends with `close`. */
export interface Connection extends AsyncDisposable {
  readonly client: KubeClient;
  /** What components are started with: `startController`, `startLeaderElection`, `createEventRecorder` … */
  readonly deps: ComponentDeps;
  /**
   * A cache that follows a collection, for ever: list, then watch, anew after every failure. One for each collection and selection. It
   * gives copies, unless `shared` asks for the objects as they lie in it, which must not be changed.
   */
  informer<T extends KubeObject>(ref: ResourceRef<T>, options?: InformerOptions & Shared): Informer<T>;
  /** Ends a component with the connection. */
  own(component: Component): void;
  close(): Promise<void>;
}

export interface ConnectionParts {
  client: Client;
  discover(): Promise<readonly ResourceRef[]>;
  namespace?: string;
  clock: Clock;
  random: Random;
  logger: Logger;
  /** Called at the end. */
  end?(): void;
}

export function createConnection({ client, discover, namespace, clock, random, logger, end }: ConnectionParts): Connection {
  const stopping = new AbortController();
  const deps: ComponentDeps = { client, clock, random, logger, signal: stopping.signal };
  const informers = createInformerFactory(deps);
  const components: Component[] = [];
  const close = async () => {
    stopping.abort();
    await Promise.all([...components.map((component) => component.stop()), informers.whenStopped()]);
    end?.();
  };
  return {
    client: createKubeClient({ client, discover, ...(namespace ? { namespace } : {}) }),
    deps,
    informer<T extends KubeObject>(ref: ResourceRef<T>, { shared, ...options }: InformerOptions & Shared = {}): Informer<T> {
      const informer = informers.informer(ref, options);
      return shared ? informer : new CopyingInformer(informer);
    },
    own: (component) => {
      components.push(component);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** What comes out of it may be changed. */
class CopyingInformer<T extends KubeObject> implements Informer<T> {
  readonly #inner: Informer<T>;

  constructor(inner: Informer<T>) {
    this.#inner = inner;
  }

  get ref(): ResourceRef<T> {
    return this.#inner.ref;
  }

  get synced(): boolean {
    return this.#inner.synced;
  }

  get(key: string): T | undefined {
    return deepCopy(this.#inner.get(key));
  }

  list(namespace?: string): T[] {
    return deepCopy(this.#inner.list(namespace));
  }

  addIndex(name: string, values: (object: T) => readonly string[]): void {
    this.#inner.addIndex(name, values);
  }

  byIndex(name: string, value: string): T[] {
    return deepCopy(this.#inner.byIndex(name, value));
  }

  on(handler: InformerHandler<T>): () => void {
    return this.#inner.on({
      add: (object) => handler.add?.(deepCopy(object)),
      update: (object, old) => handler.update?.(deepCopy(object), deepCopy(old)),
      delete: (object) => handler.delete?.(deepCopy(object)),
    });
  }

  whenSynced(): Promise<void> {
    return this.#inner.whenSynced();
  }
}
