import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { VirtualClock } from "../../machinery/clock.ts";
import { openLmdbStore } from "../lmdb/lmdb-store.ts";
import type { StoreEvent } from "../store.ts";

/** A crash writer that runs, and all that it has told. */
export class CrashWriter {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  /** The revision that the store had when it was opened. */
  opened: number | undefined;
  readonly acknowledged: string[] = [];
  readonly seen: string[] = [];
  failure: string | undefined;
  /** The line that it is telling. */
  #begun = "";
  /** Its standard error: LMDB prints what the system refuses it. */
  #errors = "";
  #waiting: { count: number; resolve: () => void } | undefined;
  readonly #failed = Promise.withResolvers<void>();

  constructor(directory: string, seed: number, writers: number) {
    const program = fileURLToPath(new URL("./crash-writer.ts", import.meta.url));
    this.#child = spawn(process.execPath, [program, directory, String(seed), String(writers)], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stderr?.on("data", (text) => {
      this.#errors += text;
    });
    const told = this.#child.stdout as NodeJS.ReadableStream;
    told.setEncoding("utf8");
    told.on("data", (text: string) => this.#takeAll(text));
    this.#ended = Promise.all([once(this.#child, "exit"), once(told, "close")]);
  }

  /** Resolves when so many writes are acknowledged; rejects when the writer ends or fails before. */
  whenAcknowledged(count: number): Promise<void> {
    return Promise.race([
      new Promise<void>((resolve) => {
        this.#waiting = { count, resolve };
      }),
      this.#ended.then(() => {
        throw new Error(`the writer ended after ${this.acknowledged.length} writes: ${this.failure ?? "by itself"}\n${this.#errors}`);
      }),
    ]);
  }

  /** Resolves when one of its writes has failed, or it ended over it. */
  async whenFailed(): Promise<void> {
    await Promise.race([this.#failed.promise, this.#ended]);
  }

  /** Ends it without any chance to say goodbye, and waits until all that it told is here. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  /** Whole lines only: one that the kill cut short tells nothing. */
  #takeAll(text: string): void {
    const lines = text.split("\n");
    lines[0] = this.#begun + lines[0];
    this.#begun = lines.pop() as string;
    for (const line of lines) this.#take(line);
  }

  #take(line: string): void {
    const kind = line.slice(0, 1);
    const rest = line.slice(2);
    if (kind === "A") this.acknowledged.push(rest);
    else if (kind === "E") this.seen.push(rest);
    else if (kind === "O") this.opened = Number(rest);
    else {
      this.failure = rest;
      this.#failed.resolve();
    }
    if (this.#waiting !== undefined && this.acknowledged.length >= this.#waiting.count) this.#waiting.resolve();
  }
}

/**
 * Opens the store that a writer left and returns what is wrong with it; nothing, when all that the writer acknowledged and all
 * that its watcher saw is there: each event once, in the same order, with the same content.
 */
export async function complaints(directory: string, writer: CrashWriter): Promise<string[]> {
  const wrong: string[] = [];
  const store = await openLmdbStore({ directory, clock: new VirtualClock(), historyBytes: Number.POSITIVE_INFINITY });
  try {
    const events: StoreEvent[] = [];
    store.subscribe("/", writer.opened as number, (batch) => events.push(...batch));
    const log = events.map(({ type, entry }) => {
      const data = type === "DELETED" ? "-" : (entry.value.data as { value: string }).value;
      return `${entry.revision} ${entry.key} ${data}`;
    });
    writer.seen.forEach((seen, index) => {
      if (log[index] !== seen) wrong.push(`the watcher saw ${brief(seen)} where the log has ${brief(log[index])}`);
    });
    const logged = new Set(log);
    for (const each of writer.acknowledged) if (!logged.has(each)) wrong.push(`acknowledged and lost: ${brief(each)}`);

    const state = new Map<string, number>();
    for (const entry of store.rootAt(writer.opened as number).range("/")) state.set(entry.key, entry.revision);
    for (const event of events) {
      if (event.previous?.revision !== state.get(event.key)) wrong.push(`the event at ${event.revision} has another previous state`);
      if (event.type === "DELETED") state.delete(event.key);
      else state.set(event.key, event.revision);
    }
    for (const entry of store.root().range("/")) {
      if (state.get(entry.key) !== entry.revision)
        wrong.push(`${entry.key} is at ${entry.revision}, the log tells ${state.get(entry.key)}`);
      if (entry.value.metadata.name !== entry.key.slice(entry.key.lastIndexOf("/") + 1)) wrong.push(`${entry.key} holds another object`);
      state.delete(entry.key);
    }
    for (const key of state.keys()) wrong.push(`${key} is in the log and not in the state`);
  } finally {
    await store.close();
  }
  return wrong;
}

function brief(line: string | undefined): string {
  return line === undefined ? "nothing" : line.length > 80 ? `${line.slice(0, 60)}…${line.slice(-12)}` : line;
}
