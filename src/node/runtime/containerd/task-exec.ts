import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { constants, open } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { Socket } from "node:net";
import { join } from "node:path";
import { Writable } from "node:stream";
import { promisify } from "node:util";
import { type Clock, sleep } from "../../../machinery/clock.ts";
import { runCommand } from "../../network/command.ts";
import type { WireMessage } from "../cri/grpc-connection.ts";
import { type ExecOptions, isRuntimeError, RuntimeError, type StreamSession } from "../runtime.ts";
import type { TaskApi } from "./task-api.ts";

export interface TaskExecDeps {
  tasks: TaskApi;
  clock: Clock;
  /** Where pipes are made, which containerd must find under the same path; they are gone when the process runs. */
  directory: string;
  /** Aborted when nobody is left to look after processes. */
  signal: AbortSignal;
}

const openFile = promisify(open);
const processType = "types.containerd.io/opencontainers/runtime-spec/1/Process";
/** How often an absent containerd is asked again. */
const retryMilliseconds = 200;

/**
 * Runs a command in a container through containerd's task API, with pipes that lead from here to the process's shim. CRI's own
 * exec passes the data through containerd, which before 2.0 waits for ever to hand on input that a process left unread. This way the
 * process's end is its end, and its streams stay when containerd is started anew.
 */
export async function execInTask(deps: TaskExecDeps, containerId: string, options: ExecOptions): Promise<StreamSession> {
  const { tasks, directory } = deps;
  options.signal?.throwIfAborted();
  const specification = await tasks.specification(containerId);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const pipes = await mkdtemp(join(directory, "exec-"));
  try {
    const stdinPath = options.stdin ? join(pipes, "stdin") : "";
    const stdoutPath = join(pipes, "stdout");
    const stderrPath = options.tty ? "" : join(pipes, "stderr");
    await runCommand(["mkfifo", "-m", "600", ...[stdinPath, stdoutPath, stderrPath].filter((path) => path !== "")]);
    const process = new TaskProcess(deps, containerId, options.tty);
    try {
      const stdout = await process.output(stdoutPath);
      const stderr = stderrPath ? await process.output(stderrPath) : undefined;
      await process.start(processOf(specification, options), { stdin: stdinPath, stdout: stdoutPath, stderr: stderrPath });
      const stdin = stdinPath ? await process.input(stdinPath) : undefined;
      const session = process.session(options.signal);
      // What nobody wants to see must not hold up the process.
      if (options.stdout) session.stdout = stdout;
      else stdout.resume();
      if (options.stderr && stderr) session.stderr = stderr;
      else stderr?.resume();
      if (stdin) session.stdin = stdin;
      return session;
    } catch (error) {
      process.drop();
      throw error;
    }
  } finally {
    await rm(pipes, { recursive: true, force: true });
  }
}

/** The container's own process with another command: user, directory, capabilities and limits are the same. */
function processOf({ process }: WireMessage, { command, tty }: ExecOptions): WireMessage {
  const env: string[] = process.env ?? [];
  return {
    ...process,
    args: command,
    terminal: tty,
    env: tty ? [...env.filter((entry) => !entry.startsWith("TERM=")), "TERM=xterm"] : env,
  };
}

class TaskProcess {
  readonly #deps: TaskExecDeps;
  readonly #tty: boolean;
  readonly #id: { container_id: string; exec_id: string };
  readonly #outputs: Socket[] = [];
  #input: ProcessInput | undefined;

  constructor(deps: TaskExecDeps, containerId: string, tty: boolean) {
    this.#deps = deps;
    this.#tty = tty;
    this.#id = { container_id: containerId, exec_id: randomBytes(32).toString("hex") };
  }

  async output(path: string): Promise<Socket> {
    const fd = await openFile(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const socket = new Socket({ fd, readable: true, writable: false });
    // Told by its end as well.
    socket.on("error", () => {});
    this.#outputs.push(socket);
    return socket;
  }

  async start(process: WireMessage, pipes: { stdin: string; stdout: string; stderr: string }): Promise<void> {
    const { tasks } = this.#deps;
    const id = this.#id.exec_id;
    const failed = (step: string, error: unknown) =>
      new RuntimeError("Unknown", `failed to exec in container: failed to ${step} exec "${id}": ${(error as Error).message}`, {
        cause: error,
      });
    const spec = { type_url: processType, value: Buffer.from(JSON.stringify(process)) };
    try {
      await tasks.call("Exec", { ...this.#id, ...pipes, terminal: this.#tty, spec });
    } catch (error) {
      throw failed("create", error);
    }
    try {
      await tasks.call("Start", this.#id);
    } catch (error) {
      await this.#forget();
      throw failed("start", error);
    }
  }

  /** The process's input, once it has been started. */
  async input(path: string): Promise<Writable> {
    let socket: Socket | undefined;
    try {
      const fd = await openFile(path, constants.O_WRONLY | constants.O_NONBLOCK);
      socket = new Socket({ fd, readable: false, writable: true });
    } catch (error) {
      // Nobody reads: the process has ended already.
      if ((error as NodeJS.ErrnoException).code !== "ENXIO") throw error;
    }
    // A terminal has no end of its input, as upstream has it: the process hears no more.
    this.#input = new ProcessInput(socket, async () => {
      if (!this.#tty) await this.#persistently("CloseIO", { stdin: true });
    });
    return this.#input;
  }

  session(signal: AbortSignal | undefined): StreamSession {
    let cancel = () => {};
    const canceled = new Promise<never>((_resolve, reject) => {
      cancel = () => {
        this.drop();
        reject(new RuntimeError("Canceled", "the session was closed"));
      };
    });
    signal?.addEventListener("abort", cancel, { once: true });
    const done = Promise.race([this.#end(), canceled]).finally(() => signal?.removeEventListener("abort", cancel));
    // Whoever needs the outcome awaits it later, or never.
    done.catch(() => {});
    let resized: Promise<unknown> = Promise.resolve();
    return {
      resize: (width, height) => {
        if (!this.#tty) return;
        // One after another, so that the last one stays. A process that has ended has no terminal.
        resized = resized.then(() => this.#deps.tasks.call("ResizePty", { ...this.#id, width, height })).catch(() => {});
      },
      done,
      close: cancel,
    };
  }

  /** Lets go of the streams; the process runs on. */
  drop(): void {
    this.#input?.destroy();
    for (const output of this.#outputs) output.destroy();
  }

  /** The exit code, when all output has been read. */
  async #end(): Promise<number> {
    const { exit_status: code } = await this.#persistently("Wait", {});
    // Nobody reads it any more.
    this.#input?.destroy();
    await Promise.all(this.#outputs.map((output) => (output.closed ? undefined : once(output, "close"))));
    await this.#forget();
    return code;
  }

  async #forget(): Promise<void> {
    try {
      await this.#deps.tasks.call("DeleteProcess", this.#id);
    } catch {
      // It goes with its container.
    }
  }

  /** A call that waits for a containerd that is away: processes run on without it. */
  async #persistently(method: "Wait" | "CloseIO", request: WireMessage): Promise<WireMessage> {
    const { tasks, clock, signal } = this.#deps;
    for (;;) {
      try {
        return await tasks.call(method, { ...this.#id, ...request }, signal);
      } catch (error) {
        if (!isRuntimeError(error, "Unavailable") || signal.aborted) throw error;
        await sleep(clock, retryMilliseconds, signal);
      }
    }
  }
}

/** What is written to a process; its end closes the process's input. */
class ProcessInput extends Writable {
  readonly #socket: Socket | undefined;
  #close: (() => Promise<void>) | undefined;

  constructor(socket: Socket | undefined, close: () => Promise<void>) {
    super({ highWaterMark: 64 * 1024 });
    this.#socket = socket;
    this.#close = close;
    this.on("error", () => {});
    socket?.on("error", () => this.destroy());
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    if (this.#socket) this.#socket.write(chunk, () => callback());
    else callback();
  }

  override _final(callback: () => void): void {
    this.#end().then(callback, callback);
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    const done = () => callback(error);
    this.#end().then(done, done);
  }

  async #end(): Promise<void> {
    this.#socket?.destroy();
    const close = this.#close;
    this.#close = undefined;
    // A process that has ended can't be told.
    await close?.().catch(() => {});
  }
}
