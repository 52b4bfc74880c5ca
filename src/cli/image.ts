import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { systemClock } from "../client/system-clock.ts";
import { DataDirectory, defaultDataDirectory, runtimeDirectory } from "../cluster/data-directory.ts";
import { UsageError } from "../cluster/options.ts";
import { importArchive } from "../node/images/import.ts";
import { CriRuntime } from "../node/runtime/cri/cri-runtime.ts";

interface ImageArguments {
  data?: string;
  containerd?: string;
}

/** `kybern image import FILE` */
export async function runImageImport(file: string, given: ImageArguments): Promise<void> {
  const path = resolve(file);
  if (!existsSync(path)) throw new UsageError(`there is no file ${path}`);
  await withRuntime(given, async (runtime, socketPath) => {
    const names = await importArchive(path, { socketPath, runtime, clock: systemClock });
    for (const name of names) process.stdout.write(`imported ${name}\n`);
  });
}

/** `kybern image list` */
export async function runImageList(given: ImageArguments): Promise<void> {
  await withRuntime(given, async (runtime) => {
    const images = await runtime.listImages();
    const rows = images.flatMap((image) =>
      (image.repoTags.length > 0 ? image.repoTags : image.repoDigests).map((name) => [
        name,
        image.id.slice(7, 19),
        megabytes(image.sizeBytes),
      ]),
    );
    const width = Math.max(4, ...rows.map(([name]) => (name as string).length));
    process.stdout.write(`${"NAME".padEnd(width)}  ID            SIZE\n`);
    for (const [name = "", id, size] of rows.sort()) process.stdout.write(`${name.padEnd(width)}  ${id}  ${size}\n`);
  });
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

async function withRuntime(given: ImageArguments, use: (runtime: CriRuntime, socketPath: string) => Promise<void>): Promise<void> {
  const socketPath = given.containerd ?? (await ownSocket(given));
  const runtime = new CriRuntime({ socketPath, clock: systemClock });
  try {
    await use(runtime, socketPath);
  } finally {
    runtime.close();
  }
}

async function ownSocket(given: ImageArguments): Promise<string> {
  const data = new DataDirectory(given.data ?? defaultDataDirectory());
  if (!data.exists()) throw new UsageError(`there is no cluster in ${data.path}: start one with kybern up, or name a --containerd socket`);
  const { id } = await data.record();
  const socket = join(runtimeDirectory(id), "containerd.sock");
  if (!existsSync(socket)) throw new UsageError(`the cluster in ${data.path} is not running: start it with kybern up`);
  return socket;
}
