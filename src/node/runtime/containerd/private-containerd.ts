import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { delimiter, join } from "node:path";
import { type Clock, pause, sleep } from "../../../machinery/clock.ts";
import type { Logger } from "../../../machinery/logger.ts";
import { importArchive } from "../../images/import.ts";
import { runCommand } from "../../network/command.ts";
import { CriRuntime } from "../cri/cri-runtime.ts";
import { isRuntimeError } from "../runtime.ts";
import { containerdConfig } from "./containerd-config.ts";
import { removeContainerdState } from "./containerd-removal.ts";
import { pauseImage, writePauseImage } from "./pause-image.ts";
import { identify, isAlive, type ProcessIdentity } from "./process-identity.ts";

export interface PrivateContainerdOptions {
  /** Images, layers, configuration, log. Survives a reboot. */
  directory: string;
  /** Sockets and the records of what runs; best on a file system that a reboot empties. At most 80 bytes long. */
  stateDirectory: string;
  cniBinDirectories: readonly string[];
  cniConfDirectory: string;
  /** cgroup paths that are this cluster's alone; `delete` removes them. */
  cgroupParents?: readonly string[];
  clock: Clock;
  logger: Logger;
}

/** How long containerd may take until its CRI answers: it looks at all that ran before. */
const readyTimeoutMilliseconds = 60_000;
const stopTimeoutMilliseconds = 10_000;
/** How long one that was running already may go without listening: it may have been started a moment ago. */
const listenTimeoutMilliseconds = 2000;
/** How often an adopted containerd, which is nobody's child, is looked after. */
const watchPeriodMilliseconds = 1000;

/**
 * A containerd of one cluster's own. It runs as a process by itself, and containers run beneath their shims: both outlive this
 * process, and containers outlive containerd too. Started again over the same directories, it finds all of them. While this
 * object lives it starts containerd anew when that ends by itself.
 */
export class PrivateContainerd {
  readonly #options: PrivateContainerdOptions;
  readonly #paths: ReturnType<typeof pathsOf>;
  readonly #stopping = new AbortController();
  readonly #replaced: string | undefined;
  #process: ProcessIdentity;
  #watch: Promise<void>;

  private constructor(options: PrivateContainerdOptions, started: Started) {
    this.#options = options;
    this.#paths = pathsOf(options);
    this.#process = started.identity;
    this.#replaced = started.replaced;
    this.#watch = this.#supervise(started);
  }

  /** Starts it, or adopts the one that still runs; resolves when CRI answers and the pause image is there. */
  static async start(options: PrivateContainerdOptions): Promise<PrivateContainerd> {
    const started = await startOrAdopt(options);
    return new PrivateContainerd(options, started);
  }

  get socketPath(): string {
    return this.#paths.socket;
  }

  get logFile(): string {
    return this.#paths.log;
  }

  /** The name of the sandboxes' image, which image garbage collection must leave. */
  get sandboxImage(): string {
    return pauseImage;
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Why the containerd that was running had to be started anew; undefined when it had not. */
  get replaced(): string | undefined {
    return this.#replaced;
  }

  /** Stops looking after it; it runs on. */
  async detach(): Promise<void> {
    this.#stopping.abort();
    await this.#watch;
  }

  /** Ends containerd; containers run on. */
  async stop(): Promise<void> {
    await this.detach();
    await endProcess(this.#process, this.#options.clock);
    await rm(this.#paths.pid, { force: true });
  }

  /** Ends containerd and removes every trace: containers, images, mounts, cgroups, directories. */
  async delete(): Promise<void> {
    await this.detach();
    await deletePrivateContainerd(this.#options);
  }

  async #supervise(first: Started): Promise<void> {
    const { signal } = this.#stopping;
    const { clock, logger } = this.#options;
    let current = first;
    for (;;) {
      await ended(current, clock, signal);
      if (signal.aborted) return;
      logger.warn("containerd ended by itself; starting it again, containers run on", { log: this.#paths.log });
      for (let delay = 100; ; delay = Math.min(delay * 2, 10_000)) {
        try {
          current = await startOrAdopt(this.#options);
          this.#process = current.identity;
          break;
        } catch (error) {
          logger.error("containerd doesn't start", { error: String(error) });
          await pause(clock, delay, signal);
          if (signal.aborted) return;
        }
      }
      // Stopped while it was starting: `stop` ends the new process.
      if (signal.aborted) return;
    }
  }
}

/** `PrivateContainerd.delete` for a cluster that isn't running. */
export async function deletePrivateContainerd(options: PrivateContainerdOptions): Promise<void> {
  const paths = pathsOf(options);
  const running = await runningProcess(paths.pid);
  if (running) {
    await removeSandboxes(options, paths.socket);
    await endProcess(running, options.clock);
  }
  await removeContainerdState({
    state: paths.state,
    socketPath: paths.socket,
    directories: [options.stateDirectory, options.directory],
    cgroupParents: options.cgroupParents ?? [],
    clock: options.clock,
    logger: options.logger,
  });
}

/** The orderly way, as far as it goes: networks are taken down by their plug-ins. What it leaves, the thorough way removes. */
async function removeSandboxes(options: PrivateContainerdOptions, socketPath: string): Promise<void> {
  const runtime = new CriRuntime({ socketPath, clock: options.clock });
  try {
    const sandboxes = await runtime.listPodSandboxes();
    await Promise.all(
      sandboxes.map(async ({ id }) => {
        await runtime.stopPodSandbox(id);
        await runtime.removePodSandbox(id);
      }),
    );
  } catch (error) {
    options.logger.warn("removing pod sandboxes in order failed; they are removed by force", { error: String(error) });
  } finally {
    runtime.close();
  }
}

interface Started {
  identity: ProcessIdentity;
  /** Undefined when it was adopted. */
  child: ChildProcess | undefined;
  /** Why another one, which was running, was ended before. */
  replaced?: string;
}

function pathsOf({ directory, stateDirectory }: PrivateContainerdOptions) {
  return {
    root: join(directory, "root"),
    config: join(directory, "config.toml"),
    registries: join(directory, "registries"),
    log: join(directory, "containerd.log"),
    pid: join(directory, "containerd.pid"),
    state: join(stateDirectory, "state"),
    socket: join(stateDirectory, "containerd.sock"),
  };
}

async function startOrAdopt(options: PrivateContainerdOptions): Promise<Started> {
  const paths = pathsOf(options);
  // A unix socket's path has 107 bytes.
  if (Buffer.byteLength(paths.socket) > 107) throw new Error(`the path of containerd's socket is too long: ${paths.socket}`);
  const running = await runningProcess(paths.pid);
  let replaced: string | undefined;
  if (running) {
    try {
      await prepare(options, running, true);
      options.logger.info("adopted the containerd that was running", { pid: running.pid });
      return { identity: running, child: undefined };
    } catch (error) {
      replaced = (error as Error).message;
      options.logger.warn("a containerd is running but doesn't answer; starting it anew, containers run on", {
        pid: running.pid,
        error: replaced,
      });
      await endProcess(running, options.clock);
    }
  }
  const child = await launch(options, paths);
  const identity = child.pid === undefined ? undefined : await identify(child.pid);
  if (!identity) throw new Error(`containerd ended as it started; ${await lastLines(paths.log)}`);
  await writeFile(`${paths.pid}.new`, `${JSON.stringify(identity)}\n`);
  await rename(`${paths.pid}.new`, paths.pid);
  try {
    await prepare(options, identity, false);
  } catch (error) {
    await endProcess(identity, options.clock);
    throw error;
  }
  return { identity, child, ...(replaced === undefined ? {} : { replaced }) };
}

async function launch(options: PrivateContainerdOptions, paths: ReturnType<typeof pathsOf>): Promise<ChildProcess> {
  await mkdir(paths.root, { recursive: true, mode: 0o711 });
  await mkdir(paths.state, { recursive: true, mode: 0o711 });
  await mkdir(paths.registries, { recursive: true });
  const version = /v?\d+\.\d+\S*/.exec((await runCommand(["containerd", "--version"])).split(" ").slice(2).join(" "))?.[0] ?? "";
  const config = containerdConfig({
    version,
    root: paths.root,
    state: paths.state,
    socketPath: paths.socket,
    sandboxImage: pauseImage,
    snapshotter: await usableSnapshotter(paths.root, options.logger),
    cniBinDirectories: existing(options.cniBinDirectories),
    cniConfDirectory: options.cniConfDirectory,
    restrictOomScoreAdj: !(await hasCapability(24)),
    registryConfigDirectory: paths.registries,
  });
  await writeFile(paths.config, config);
  await rm(paths.socket, { force: true });
  const log = await open(paths.log, "a");
  try {
    const child = spawn("containerd", ["--config", paths.config], {
      detached: true,
      stdio: ["ignore", log.fd, log.fd],
      cwd: "/",
      env: { ...process.env, PATH: `${process.env.PATH ?? ""}${delimiter}/usr/sbin${delimiter}/sbin${delimiter}/usr/bin${delimiter}/bin` },
    });
    await once(child, "spawn");
    child.unref();
    return child;
  } finally {
    await log.close();
  }
}

/** Waits until CRI answers, and sees to the pause image. */
async function prepare(options: PrivateContainerdOptions, identity: ProcessIdentity, adopting: boolean): Promise<void> {
  const paths = pathsOf(options);
  const { clock } = options;
  const runtime = new CriRuntime({ socketPath: paths.socket, clock });
  try {
    const startedAt = clock.now();
    for (;;) {
      try {
        await runtime.version();
        break;
      } catch (error) {
        if (!(await isAlive(identity))) throw new Error(`containerd ended while it started; ${await lastLines(paths.log)}`);
        if (isRuntimeError(error, "Unimplemented"))
          throw new Error(`containerd's CRI plug-in doesn't start; ${await lastLines(paths.log)}`);
        const waited = clock.now() - startedAt;
        // It makes its socket once: a socket that was removed, or taken by another, comes back only with a new process.
        if (adopting) await checkListens(paths.socket, waited);
        if (waited > readyTimeoutMilliseconds) throw error;
        await sleep(clock, 20);
      }
    }
    if (!(await runtime.imageStatus(pauseImage))) await importPauseImage(options, paths.socket, runtime);
  } finally {
    runtime.close();
  }
}

async function checkListens(socketPath: string, waitedMilliseconds: number): Promise<void> {
  const code = await new Promise<string | undefined>((resolve) => {
    const socket = connect(socketPath, () => resolve(undefined));
    socket.on("connect", () => socket.destroy());
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code));
  });
  if (code === "ENOENT") throw new Error(`its socket ${socketPath} is gone`);
  if (code === "ECONNREFUSED" && waitedMilliseconds > listenTimeoutMilliseconds)
    throw new Error(`nobody listens at its socket ${socketPath}`);
}

async function importPauseImage(options: PrivateContainerdOptions, socketPath: string, runtime: CriRuntime): Promise<void> {
  const archive = join(options.directory, "pause.tar");
  await writePauseImage(archive);
  await importArchive(archive, { socketPath, runtime, clock: options.clock, pinned: true });
  await rm(archive);
}

async function runningProcess(pidFile: string): Promise<ProcessIdentity | undefined> {
  try {
    const identity = JSON.parse(await readFile(pidFile, "utf8")) as ProcessIdentity;
    return (await isAlive(identity)) ? identity : undefined;
  } catch {
    return undefined; // no file
  }
}

/** Resolves when the process has ended or the signal is aborted. */
async function ended({ identity, child }: Started, clock: Clock, signal: AbortSignal): Promise<void> {
  if (child) {
    if (child.exitCode !== null || child.signalCode !== null) return;
    await once(child, "exit", { signal }).catch(() => {
      // Aborted.
    });
    return;
  }
  while (!signal.aborted && (await isAlive(identity))) {
    await pause(clock, watchPeriodMilliseconds, signal);
  }
}

async function endProcess(identity: ProcessIdentity, clock: Clock): Promise<void> {
  if (!(await isAlive(identity))) return;
  const deadline = clock.now() + stopTimeoutMilliseconds;
  send(identity.pid, "SIGTERM");
  while (await isAlive(identity)) {
    if (clock.now() > deadline) send(identity.pid, "SIGKILL");
    await sleep(clock, 20);
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Whether a file system can be stacked on the data directory's; within a container it often can't. */
async function usableSnapshotter(root: string, logger: Logger): Promise<"overlayfs" | "native"> {
  const probe = await mkdtemp(join(root, ".overlay-"));
  try {
    for (const name of ["lower", "upper", "work", "merged"]) await mkdir(join(probe, name));
    const layers = `lowerdir=${probe}/lower,upperdir=${probe}/upper,workdir=${probe}/work`;
    await runCommand(["mount", "-t", "overlay", "overlay", "-o", layers, join(probe, "merged")]);
    await runCommand(["umount", join(probe, "merged")]);
    return "overlayfs";
  } catch (error) {
    logger.warn("overlayfs can't be used here; containers take copies of their images, which is slow and needs room", {
      error: String(error),
    });
    return "native";
  } finally {
    await rm(probe, { recursive: true, force: true });
  }
}

/** The directories that have the plug-ins; the first one when none has. containerd itself calls `loopback` for each sandbox. */
function existing(directories: readonly string[]): string[] {
  const found = directories.filter((directory) => existsSync(join(directory, "loopback")));
  return found.length > 0 ? found : directories.slice(0, 1);
}

async function hasCapability(bit: number): Promise<boolean> {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(await readFile("/proc/self/status", "utf8"))?.[1] ?? "0";
  return ((BigInt(`0x${effective}`) >> BigInt(bit)) & 1n) === 1n;
}

async function lastLines(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch(() => "");
  const lines = text.trimEnd().split("\n").slice(-5).join("\n");
  return lines ? `its log ${file} ends with:\n${lines}` : `its log is ${file}`;
}
