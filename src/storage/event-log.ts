import type { StoredEntry } from "./entry.ts";
import type { StoreEvent } from "./store.ts";
import type { Tree, TreeEditor } from "./tree.ts";

/** The events of the store as the engine keeps them: with entries that it can release. */
export interface LoggedEvent extends StoreEvent {
  readonly entry: StoredEntry;
  readonly previous: StoredEntry | undefined;
}

/** A root that is kept, and the revision it is of. */
interface Checkpoint {
  readonly revision: number;
  readonly tree: Tree<StoredEntry>;
}

/** The last event of a batch and when it was published: what retention by age goes by. */
interface Mark {
  readonly revision: number;
  readonly atMilliseconds: number;
}

/** One root is kept for so many events; the roots between are made from the next one by undoing events. */
const checkpointEvents = 256;
/** Roots made on demand that are kept: a paged list comes back to the same revision. */
const rebuiltRoots = 16;
/** However little room there is: a watch that starts where a list ended must find its place. */
const leastEvents = 100;
const eventBytes = 160;
/** Of the byte limit, what is kept when it is exceeded. */
const spare = 7 / 8;
/** Replaced states stay parsed for so many events: for watchers that are a little behind. */
const parsedEvents = 512;

/**
 * The history of the store: events in revision order, and roots at some of their revisions. Bounded by age and by bytes.
 * A root at any kept revision costs at most `checkpointEvents` undone events, or more just after a start.
 */
export class EventLog {
  readonly #limitBytes: number;
  #events: LoggedEvent[] = [];
  /** Events before this index are forgotten; the array is cut now and then. */
  #head = 0;
  #marks: Mark[] = [];
  #checkpoints: Checkpoint[] = [];
  #rebuilt: Checkpoint[] = [];
  #sinceCheckpoint = 0;
  #bytes = 0;
  #compacted: number;

  constructor(limitBytes: number, compactedRevision: number) {
    this.#limitBytes = limitBytes;
    this.#compacted = compactedRevision;
  }

  get compacted(): number {
    return this.#compacted;
  }

  get length(): number {
    return this.#events.length - this.#head;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** When the oldest events that are kept were published. */
  get oldestMilliseconds(): number | undefined {
    return this.#marks[0]?.atMilliseconds;
  }

  /** Another log of the same history; the two part ways from here on. */
  fork(): EventLog {
    const fork = new EventLog(this.#limitBytes, this.#compacted);
    fork.#events = this.#events.slice(this.#head);
    fork.#marks = this.#marks.slice();
    fork.#checkpoints = this.#checkpoints.slice();
    fork.#sinceCheckpoint = this.#sinceCheckpoint;
    fork.#bytes = this.#bytes;
    return fork;
  }

  /** Takes the events of one durable batch; `tree` is the state after them. */
  append(events: readonly LoggedEvent[], tree: Tree<StoredEntry>, nowMilliseconds: number): void {
    for (const event of events) {
      this.#events.push(event);
      this.#bytes += historyBytes(event);
    }
    this.#unload(events.length);
    const revision = (events[events.length - 1] as LoggedEvent).revision;
    this.#marks.push({ revision, atMilliseconds: nowMilliseconds });
    this.#sinceCheckpoint += events.length;
    if (this.#sinceCheckpoint >= checkpointEvents) {
      this.#sinceCheckpoint = 0;
      this.#checkpoints.push({ revision, tree });
    }
  }

  /** The revision to compact to so that what is kept is younger than `sinceMilliseconds` and within the byte limit. */
  due(sinceMilliseconds: number): number {
    let revision = this.#compacted;
    for (const mark of this.#marks) {
      if (mark.atMilliseconds > sinceMilliseconds) break;
      revision = mark.revision;
    }
    // With some room to spare, so that not every batch has to make room anew.
    let over = this.#bytes > this.#limitBytes ? this.#bytes - this.#limitBytes * spare : 0;
    for (let i = this.#head; over > 0 && i < this.#events.length - leastEvents; i++) {
      const event = this.#events[i] as LoggedEvent;
      over -= historyBytes(event);
      if (event.revision > revision) revision = event.revision;
    }
    return revision;
  }

  /** Forgets the revisions below `revision` and returns the events that are gone with them. */
  compact(revision: number): LoggedEvent[] {
    if (revision <= this.#compacted) return [];
    this.#compacted = revision;
    const end = this.#after(revision);
    const gone = this.#events.slice(this.#head, end);
    for (const event of gone) this.#bytes -= historyBytes(event);
    this.#head = end;
    // The references must go at once, the array itself may wait until half of it is empty.
    if (this.#head > 1024 && this.#head * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#head);
      this.#head = 0;
    } else {
      for (let i = end - gone.length; i < end; i++) (this.#events as (LoggedEvent | undefined)[])[i] = undefined;
    }
    this.#marks = dropBefore(this.#marks, (mark) => mark.revision > revision);
    this.#checkpoints = dropBefore(this.#checkpoints, (checkpoint) => checkpoint.revision >= revision);
    this.#rebuilt = this.#rebuilt.filter((checkpoint) => checkpoint.revision >= revision);
    return gone;
  }

  /** The events above `after` under `prefix`. */
  since(after: number, prefix: string): LoggedEvent[] {
    const found: LoggedEvent[] = [];
    for (let i = this.#after(after); i < this.#events.length; i++) {
      const event = this.#events[i] as LoggedEvent;
      if (event.key.startsWith(prefix)) found.push(event);
    }
    return found;
  }

  /** The state at `revision`, which is not compacted and not above that of `latest`. */
  treeAt(revision: number, latest: Checkpoint): Tree<StoredEntry> {
    let from = latest;
    const index = this.#checkpoints.findIndex((checkpoint) => checkpoint.revision >= revision);
    if (index >= 0) from = this.#checkpoints[index] as Checkpoint;
    for (const each of this.#rebuilt) if (each.revision >= revision && each.revision < from.revision) from = each;
    if (from.revision === revision) return from.tree;
    const last = this.#after(from.revision);
    const first = this.#after(revision);
    const tree = from.tree.edit((editor) => {
      for (let i = last - 1; i >= first; i--) undo(editor, this.#events[i] as LoggedEvent);
    });
    this.#rebuilt.push({ revision, tree });
    if (this.#rebuilt.length > rebuiltRoots) this.#rebuilt.shift();
    return tree;
  }

  /** Gives up the parsed values of states that only events older than the last `parsedEvents` show; `added` events are new. */
  #unload(added: number): void {
    const end = this.#events.length - parsedEvents;
    for (let i = Math.max(this.#head, end - added); i < end; i++) {
      const event = this.#events[i] as LoggedEvent;
      event.previous?.unload();
      if (event.type === "DELETED") event.entry.unload();
    }
  }

  /** The index of the first kept event above `revision`. */
  #after(revision: number): number {
    let low = this.#head;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#events[middle] as LoggedEvent).revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** What only the history holds on account of an event: the state that it replaced, and that of a deleted object. */
function historyBytes(event: LoggedEvent): number {
  return eventBytes + (event.previous?.historySize ?? 0);
}

function undo(editor: TreeEditor<StoredEntry>, event: LoggedEvent): void {
  if (event.previous === undefined) editor.delete(event.key);
  else editor.set(event.previous);
}

function dropBefore<T>(items: T[], keep: (item: T) => boolean): T[] {
  const first = items.findIndex(keep);
  if (first === 0) return items;
  return first < 0 ? [] : items.slice(first);
}
