import { spawn } from "node:child_process";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { type Clock, sleep } from "../../machinery/clock.ts";
import { CommandError, runCommand } from "../network/command.ts";
import type { ContainerRuntime } from "../runtime/runtime.ts";
import { type ImageArchive, readImageArchive } from "./read-archive.ts";

export interface ImportOptions {
  /** containerd's socket. */
  socketPath: string;
  /** The same containerd's CRI, to tell when it has taken notice. */
  runtime: ContainerRuntime;
  clock: Clock;
  /** Images that garbage collection must leave. */
  pinned?: boolean;
}

/** CRI looks for images in this containerd namespace. */
const namespace = "k8s.io";
const noticeTimeoutMilliseconds = 10_000;

/** What images without a name are called while they have none; nothing of that name is kept. */
const baseName = "localhost/kybern/import";

/**
 * Imports a docker-save or OCI archive, gzipped or not, into containerd; answers the whole names of what can be run now. CRI has
 * no call for it, so it goes through `ctr`, which comes with containerd. Layers are unpacked when the first container needs
 * them.
 */
export async function importArchive(file: string, options: ImportOptions): Promise<string[]> {
  const archive = await readImageArchive(file);
  if (archive.images.every((image) => image.names.length === 0)) {
    throw new Error(`the images in ${file} have no names; save them by name, not by id`);
  }
  const ctr = (...args: string[]) => runCommand(["ctr", "--address", options.socketPath, "--namespace", namespace, "images", ...args]);
  await sendArchive(file, archive, options.socketPath);
  const stored = storedImages(await ctr("list"));
  const names: string[] = [];
  for (const { names: wanted, digest } of archive.images) {
    for (const name of wanted) {
      const source = digest !== undefined && stored.get(name) !== digest ? `${baseName}@${digest}` : name;
      if (!stored.has(source)) throw new Error(`containerd took the archive ${file}, but not its image ${name}`);
      if (source !== name) await ctr("tag", "--force", source, name);
      if (options.pinned) await ctr("label", name, "io.cri-containerd.pinned=pinned");
      names.push(name);
    }
  }
  const temporary = [...stored.keys()].filter((name) => name.startsWith(`${baseName}@`));
  if (temporary.length > 0) await ctr("remove", ...temporary);
  for (const name of names) await untilNoticed(name, options);
  return names;
}

/** A pull that failed, told so that the person at the pod's description knows what to do. `detail` is the runtime's text. */
export function pullFailureMessage(image: string, detail: string): string {
  const hint = isRegistryUnreachable(detail)
    ? `the registry can't be reached from this machine. Where there is none, save the image elsewhere (docker save -o FILE ${image}) and run: kybern image import FILE`
    : /not found|manifest unknown/.test(detail)
      ? "the registry has no such image; check the name and the tag"
      : /unauthorized|forbidden|authorization failed|denied/i.test(detail)
        ? "the registry wants credentials, or there is no such image: name a secret of type kubernetes.io/dockerconfigjson in imagePullSecrets"
        : undefined;
  return hint === undefined ? detail : `${detail} (${hint})`;
}

/** Whether a pull failed because nothing answered, by the runtime's text. */
export function isRegistryUnreachable(detail: string): boolean {
  return /no such host|connection refused|i\/o timeout|network is unreachable|no route to host|server misbehaving|deadline exceeded/.test(
    detail,
  );
}

/** `--digests` with a base name: an image whose name `ctr` doesn't take over is found by its digest. */
async function sendArchive(file: string, archive: ImageArchive, socketPath: string): Promise<void> {
  const command = ["ctr", "--address", socketPath, "--namespace", namespace, "images", "import", "--no-unpack"];
  if (archive.format === "oci") command.push("--digests", "--base-name", baseName);
  if (!archive.gzip) {
    await runCommand([...command, file]);
    return;
  }
  // `ctr` takes an archive as it is.
  const [program = "", ...args] = [...command, "-"];
  const child = spawn(program, args, { stdio: ["pipe", "ignore", "pipe"] });
  const stderr: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  const ended = new Promise<void>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve();
      else reject(new CommandError(command, code ?? undefined, Buffer.concat(stderr).toString()));
    });
  });
  const sent = pipeline(createReadStream(file), createGunzip(), child.stdin).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE" && error.code !== "ERR_STREAM_PREMATURE_CLOSE") throw error; // `ctr` tells why it stopped reading
  });
  await Promise.all([ended, sent]);
}

/** Names and digests of `ctr images list`. */
function storedImages(table: string): Map<string, string> {
  const images = new Map<string, string>();
  for (const line of table.split("\n").slice(1)) {
    const [name, , digest] = line.split(/\s+/);
    if (name && digest) images.set(name, digest);
  }
  return images;
}

/** CRI learns of images that others store by an event. */
async function untilNoticed(name: string, { runtime, clock }: ImportOptions): Promise<void> {
  const deadline = clock.now() + noticeTimeoutMilliseconds;
  while (!(await runtime.imageStatus(name))) {
    if (clock.now() > deadline) throw new Error(`containerd has stored ${name}, but its CRI plug-in doesn't see it`);
    await sleep(clock, 10);
  }
}
