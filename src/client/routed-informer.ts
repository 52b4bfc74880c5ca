import { type KubeObject, keyOf } from "../machinery/object.ts";
import type { Informer, InformerHandler } from "./informer.ts";

const routeIndex = "route";

/**
 * One informer's objects, given out by a key of theirs: what each of thousands of nodes would otherwise follow by a selection of its own
 * costs one watch, and an event reaches only whom it is for. An object keeps its route once it has one.
 */
export function routeInformer<T extends KubeObject>(
  all: Informer<T>,
  routeOf: (object: T) => string | undefined,
): (route: string) => Informer<T> {
  const handlers = new Map<string, readonly InformerHandler<T>[]>();
  const of = (object: T) => handlers.get(routeOf(object) ?? "") ?? [];
  all.addIndex(routeIndex, (object) => {
    const route = routeOf(object);
    return route === undefined ? [] : [route];
  });
  all.on({
    add(object) {
      for (const handler of of(object)) handler.add?.(object);
    },
    update(object, old) {
      const isNew = routeOf(old) !== routeOf(object);
      for (const handler of of(object)) {
        if (isNew) handler.add?.(object);
        else handler.update?.(object, old);
      }
    },
    delete(object) {
      for (const handler of of(object)) handler.delete?.(object);
    },
  });
  return (route) => new RouteView(all, handlers, route);
}

class RouteView<T extends KubeObject> implements Informer<T> {
  readonly #all: Informer<T>;
  readonly #handlers: Map<string, readonly InformerHandler<T>[]>;
  readonly #route: string;

  constructor(all: Informer<T>, handlers: Map<string, readonly InformerHandler<T>[]>, route: string) {
    this.#all = all;
    this.#handlers = handlers;
    this.#route = route;
  }

  get ref() {
    return this.#all.ref;
  }

  get synced(): boolean {
    return this.#all.synced;
  }

  get(key: string): T | undefined {
    return this.#own().find((object) => keyOf(object) === key);
  }

  list(namespace?: string): T[] {
    const own = this.#own();
    return namespace ? own.filter(({ metadata }) => metadata.namespace === namespace) : own;
  }

  addIndex(name: string, values: (object: T) => readonly string[]): void {
    this.#all.addIndex(name, values);
  }

  byIndex(name: string, value: string): T[] {
    const own = new Set(this.#own());
    return this.#all.byIndex(name, value).filter((object) => own.has(object));
  }

  on(handler: InformerHandler<T>): () => void {
    this.#handlers.set(this.#route, [...(this.#handlers.get(this.#route) ?? []), handler]);
    for (const object of this.#own()) handler.add?.(object);
    return () => {
      const left = (this.#handlers.get(this.#route) ?? []).filter((each) => each !== handler);
      if (left.length > 0) this.#handlers.set(this.#route, left);
      else this.#handlers.delete(this.#route);
    };
  }

  whenSynced(): Promise<void> {
    return this.#all.whenSynced();
  }

  #own(): T[] {
    return this.#all.byIndex(routeIndex, this.#route);
  }
}
