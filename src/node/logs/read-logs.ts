import { type FileHandle, open, realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Clock } from "../../machinery/clock.ts";
import { DirectoryChanges } from "./log-changes.ts";
import { LogPrinter, type PrintOptions } from "./log-printer.ts";

export interface ReadLogsOptions extends PrintOptions {
  /** Only the last lines of the file. */
  tailLines?: number;
  /** Go on with what is written later, also to the file that takes this one's place, until the container has ended. */
  follow?: {
    isRunning(): Promise<boolean>;
    clock: Clock;
    signal: AbortSignal;
  };
}

const chunkBytes = 64 * 1024;
/** How often a followed container is asked after while its log is written to. */
const runningCheckMilliseconds = 1000;
const newline = 0x0a;

/**
 * Opens a container's log (a CRI log file) and answers what the container wrote, in pieces. Rejects when the file can't be opened.
 * The pieces must be read to their end or returned from: the file is open until then.
 */
export async function readLogs(path: string, options: ReadLogsOptions): Promise<AsyncGenerator<Buffer, void, undefined>> {
  const file = await openLog(path);
  try {
    const start = options.tailLines === undefined ? 0 : await tailStart(file, options.tailLines);
    return pieces(path, file, start, options);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openLog(path: string): Promise<FileHandle> {
  return await open(await realpath(path), "r");
}

async function* pieces(path: string, first: FileHandle, start: number, options: ReadLogsOptions): AsyncGenerator<Buffer, void, undefined> {
  const printer = new LogPrinter(options);
  const { follow } = options;
  const chunk = Buffer.allocUnsafe(chunkBytes);
  let file = first;
  let position = start;
  let rest: Buffer = Buffer.alloc(0);
  let changes: DirectoryChanges | undefined;
  let running = true;
  let askedAt = 0;
  let replaced = false;
  try {
    while (!follow?.signal.aborted) {
      const { bytesRead } = await file.read(chunk, 0, chunkBytes, position);
      if (bytesRead > 0) {
        position += bytesRead;
        const bytes = rest.length > 0 ? Buffer.concat([rest, chunk.subarray(0, bytesRead)]) : chunk.subarray(0, bytesRead);
        const end = bytes.lastIndexOf(newline) + 1;
        rest = Buffer.from(bytes.subarray(end));
        const printed = printer.print(bytes.subarray(0, end));
        if (printed.length > 0) yield printed;
        if (printer.finished) return;
        continue;
      }
      if (replaced) {
        const next = await openLog(path).catch(() => undefined); // Replaced once more: there will be another.
        if (next) {
          await file.close();
          file = next;
          position = 0;
          rest = Buffer.alloc(0);
          replaced = false;
          continue;
        }
      }
      if (!follow || !running) {
        const printed = printer.print(rest);
        if (printed.length > 0) yield printed;
        return;
      }
      if (!changes) {
        changes = new DirectoryChanges(dirname(path), follow.clock);
        continue;
      }
      // Asked before the wait as well: a container that has ended writes nothing that would wake us.
      if (follow.clock.now() - askedAt >= runningCheckMilliseconds) {
        askedAt = follow.clock.now();
        running = await follow.isRunning();
        if (!running) continue;
      }
      await changes.next(follow.signal);
      replaced ||= await isReplaced(path, file, position);
    }
  } finally {
    changes?.close();
    await file.close();
  }
}

/** Another file stands at the path, or this one was cut. */
async function isReplaced(path: string, file: FileHandle, position: number): Promise<boolean> {
  const [opened, current] = await Promise.all([file.stat(), stat(path).catch(() => undefined)]);
  if (!current) return false;
  return current.ino !== opened.ino || current.dev !== opened.dev || opened.size < position;
}

/** Where the last lines of a file begin. */
async function tailStart(file: FileHandle, lines: number): Promise<number> {
  const { size } = await file.stat();
  if (lines === 0) return size;
  const block = Buffer.allocUnsafe(chunkBytes);
  let left = lines;
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - chunkBytes);
    const { bytesRead } = await file.read(block, 0, end - start, start);
    for (let at = block.lastIndexOf(newline, bytesRead - 1); at >= 0; at = at === 0 ? -1 : block.lastIndexOf(newline, at - 1)) {
      // The last line's own end begins nothing.
      if (start + at === size - 1) continue;
      left--;
      if (left === 0) return start + at + 1;
    }
    end = start;
  }
  return 0;
}
