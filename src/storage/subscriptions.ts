import type { StoreEvent, Subscription } from "./store.ts";

export type Listener = (events: readonly StoreEvent[], revision: number) => void;

interface Subscriber {
  readonly listener: Listener;
  /** Events up to this revision are not for it: it has had them, or they came before its start. */
  after: number;
}

/** All subscribers of one prefix. They are handed the same array of events. */
interface Group {
  readonly prefix: string;
  readonly subscribers: Set<Subscriber>;
  events: StoreEvent[];
}

/** The groups whose prefixes lie in one directory: the directory itself, and prefixes that end within a name. */
interface Directory {
  whole: Group | undefined;
  readonly partial: Map<string, Group>;
}

/**
 * Who listens to which prefix. An event finds its groups by the directories of its key, so that a batch costs only those who
 * are interested, however many watch other things.
 */
export class Subscriptions {
  readonly #directories = new Map<string, Directory>();
  readonly #onFailure: (error: unknown, prefix: string) => void;
  #size = 0;
  /** The directories on the way to the last event's key: events come in runs of the same collection. */
  #lastDirectory: string | undefined;
  #lastPath: Directory[] = [];

  constructor(onFailure: (error: unknown, prefix: string) => void) {
    this.#onFailure = onFailure;
  }

  get size(): number {
    return this.#size;
  }

  add(prefix: string, after: number, listener: Listener): Subscription {
    const name = directoryOf(prefix);
    let directory = this.#directories.get(name);
    if (directory === undefined) {
      directory = { whole: undefined, partial: new Map() };
      this.#directories.set(name, directory);
      this.#lastDirectory = undefined;
    }
    let group = name === prefix ? directory.whole : directory.partial.get(prefix);
    if (group === undefined) {
      group = { prefix, subscribers: new Set(), events: [] };
      if (name === prefix) directory.whole = group;
      else directory.partial.set(prefix, group);
    }
    const subscriber: Subscriber = { listener, after };
    group.subscribers.add(subscriber);
    this.#size++;
    return { close: () => this.#remove(group, subscriber) };
  }

  /** Hands the events of one batch out; `revision` is that of the last one. */
  dispatch(events: readonly StoreEvent[], revision: number): void {
    if (this.#size === 0) return;
    const touched: Group[] = [];
    for (const event of events) {
      for (const directory of this.#pathOf(event.key)) {
        if (directory.whole !== undefined) collect(directory.whole, event, touched);
        if (directory.partial.size > 0) {
          for (const group of directory.partial.values()) if (event.key.startsWith(group.prefix)) collect(group, event, touched);
        }
      }
    }
    for (const group of touched) {
      const batch = group.events;
      group.events = [];
      for (const subscriber of group.subscribers) {
        if (subscriber.after >= revision) continue;
        const first = (batch[0] as StoreEvent).revision;
        const own = subscriber.after < first ? batch : batch.filter((event) => event.revision > subscriber.after);
        if (own.length === 0) continue;
        try {
          subscriber.listener(own, revision);
        } catch (error) {
          this.#onFailure(error, group.prefix);
        }
      }
    }
  }

  #remove(group: Group, subscriber: Subscriber): void {
    if (!group.subscribers.delete(subscriber)) return;
    this.#size--;
    if (group.subscribers.size > 0) return;
    const name = directoryOf(group.prefix);
    const directory = this.#directories.get(name) as Directory;
    if (directory.whole === group) directory.whole = undefined;
    // A new group may have taken the prefix since this one went.
    else if (directory.partial.get(group.prefix) === group) directory.partial.delete(group.prefix);
    if (directory.whole === undefined && directory.partial.size === 0) {
      this.#directories.delete(name);
      this.#lastDirectory = undefined;
    }
  }

  #pathOf(key: string): readonly Directory[] {
    const name = directoryOf(key);
    if (name === this.#lastDirectory) return this.#lastPath;
    const path: Directory[] = [];
    const root = this.#directories.get("");
    if (root !== undefined) path.push(root);
    for (let slash = name.indexOf("/"); slash >= 0; slash = name.indexOf("/", slash + 1)) {
      const directory = this.#directories.get(name.slice(0, slash + 1));
      if (directory !== undefined) path.push(directory);
    }
    this.#lastDirectory = name;
    this.#lastPath = path;
    return path;
  }
}

/** Up to and with the last slash. */
function directoryOf(key: string): string {
  return key.slice(0, key.lastIndexOf("/") + 1);
}

function collect(group: Group, event: StoreEvent, touched: Group[]): void {
  if (group.events.length === 0) touched.push(group);
  group.events.push(event);
}
