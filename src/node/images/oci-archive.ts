import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { lstat, mkdtemp, readdir, readFile, readlink, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Header, type Pack, pack } from "tar-stream";

/** One file, directory or link of a layer. Owner and group are root and times are zero unless told, so that bytes repeat. */
export interface LayerEntry {
  /** Without a leading slash. */
  path: string;
  type: "file" | "directory" | "symlink";
  /** Permission bits. */
  mode: number;
  /** A file's bytes, or the path of the file that has them. */
  content?: Buffer | { file: string };
  /** What a symlink points to. */
  target?: string;
  uid?: number;
  gid?: number;
}

export interface ImageConfig {
  entrypoint?: string[];
  command?: string[];
  /** As `NAME=value`. */
  env?: string[];
  workingDir?: string;
  user?: string;
  /** As `80/tcp`. */
  exposedPorts?: string[];
  labels?: Record<string, string>;
  stopSignal?: string;
}

export interface ImageSource {
  /** Whole references, as `docker.io/library/redis:latest`. */
  names: string[];
  config: ImageConfig;
  /** Bottom first. */
  layers: readonly (Iterable<LayerEntry> | AsyncIterable<LayerEntry>)[];
  /** As OCI names it: `amd64`, `arm64`. That of this machine when absent. */
  architecture?: string;
}

export const mediaTypes = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar",
} as const;

/** containerd and Docker read an image's whole name from this annotation; `org.opencontainers.image.ref.name` is the tag alone. */
export const imageNameAnnotation = "io.containerd.image.name";
export const refNameAnnotation = "org.opencontainers.image.ref.name";

interface Blob {
  digest: string;
  size: number;
  content: Buffer | { file: string };
}

interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
  annotations?: Record<string, string>;
  platform?: { architecture: string; os: string };
}

/**
 * Writes images as one OCI archive: the same sources give the same bytes. Layers are not compressed. The file appears whole or
 * not at all.
 */
export async function writeOciArchive(file: string, images: readonly ImageSource[]): Promise<void> {
  const scratch = await mkdtemp(join(dirname(file), ".archive-"));
  try {
    const blobs = new Map<string, Blob>();
    const manifests: Descriptor[] = [];
    for (const image of images) manifests.push(...(await addImage(image, blobs, scratch)));
    const partial = join(scratch, "archive.tar");
    const entries: { path: string; content: Buffer | { file: string } }[] = [
      { path: "oci-layout", content: json({ imageLayoutVersion: "1.0.0" }) },
      { path: "index.json", content: json({ schemaVersion: 2, mediaType: mediaTypes.index, manifests }) },
    ];
    for (const { digest, content } of blobs.values()) entries.push({ path: `blobs/sha256/${digest.slice(7)}`, content });
    await writeTar(
      partial,
      entries.map(({ path, content }) => ({ path, content, type: "file", mode: 0o644 })),
    );
    await rename(partial, file);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function addImage(image: ImageSource, blobs: Map<string, Blob>, scratch: string): Promise<Descriptor[]> {
  const layers: Descriptor[] = [];
  for (const layer of image.layers) {
    const path = join(scratch, `layer-${blobs.size}`);
    const { digest, size } = await writeTar(path, layer);
    if (blobs.has(digest)) await rm(path);
    else blobs.set(digest, { digest, size, content: { file: path } });
    layers.push({ mediaType: mediaTypes.layer, digest, size });
  }
  const architecture = image.architecture ?? machineArchitecture();
  const { config } = image;
  const add = (value: unknown): { digest: string; size: number } => {
    const content = json(value);
    const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
    blobs.set(digest, { digest, size: content.length, content });
    return { digest, size: content.length };
  };
  const configBlob = add({
    created: "1970-01-01T00:00:00Z",
    architecture,
    os: "linux",
    config: {
      ...(config.user ? { User: config.user } : {}),
      ...(config.exposedPorts ? { ExposedPorts: Object.fromEntries(config.exposedPorts.map((port) => [port, {}])) } : {}),
      Env: config.env ?? ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
      ...(config.entrypoint ? { Entrypoint: config.entrypoint } : {}),
      ...(config.command ? { Cmd: config.command } : {}),
      ...(config.workingDir ? { WorkingDir: config.workingDir } : {}),
      ...(config.labels ? { Labels: config.labels } : {}),
      ...(config.stopSignal ? { StopSignal: config.stopSignal } : {}),
    },
    // Layers are stored uncompressed: what they unpack to has their own digest.
    rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
    history: layers.map(() => ({ created: "1970-01-01T00:00:00Z" })),
  });
  const manifest = add({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: { mediaType: mediaTypes.config, ...configBlob },
    layers,
  });
  return image.names.map((name) => ({
    mediaType: mediaTypes.manifest,
    ...manifest,
    annotations: { [imageNameAnnotation]: name, [refNameAnnotation]: name.slice(name.lastIndexOf(":") + 1) },
    platform: { architecture, os: "linux" },
  }));
}

/** A directory's content as a layer, in order of the paths; modes are kept, owners and times are not. */
export async function* directoryLayer(root: string): AsyncGenerator<LayerEntry, void, undefined> {
  yield* walk(root, "");
}

async function* walk(root: string, below: string): AsyncGenerator<LayerEntry, void, undefined> {
  const names = (await readdir(join(root, below))).sort();
  for (const name of names) {
    const path = below ? `${below}/${name}` : name;
    const full = join(root, path);
    const stats = await lstat(full);
    const mode = stats.mode & 0o7777;
    if (stats.isDirectory()) {
      yield { path, type: "directory", mode };
      yield* walk(root, path);
    } else if (stats.isSymbolicLink()) {
      yield { path, type: "symlink", mode: 0o777, target: await readlink(full) };
    } else if (stats.isFile()) {
      yield { path, type: "file", mode, content: { file: full } };
    }
  }
}

/** OCI's name of this machine's architecture. */
export function machineArchitecture(): string {
  return process.arch === "x64" ? "amd64" : process.arch;
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

async function writeTar(
  path: string,
  entries: Iterable<LayerEntry> | AsyncIterable<LayerEntry>,
): Promise<{ digest: string; size: number }> {
  const archive = pack();
  const hash = createHash("sha256");
  let size = 0;
  archive.on("data", (data) => {
    const chunk = data as Buffer;
    hash.update(chunk);
    size += chunk.length;
  });
  const written = pipeline(archive as unknown as Readable, createWriteStream(path));
  const filled = (async () => {
    for await (const entry of entries) await addEntry(archive, entry);
    archive.finalize();
  })().catch((error: Error) => {
    archive.destroy(error);
    throw error;
  });
  await Promise.all([written, filled]);
  return { digest: `sha256:${hash.digest("hex")}`, size };
}

async function addEntry(archive: Pack, entry: LayerEntry): Promise<void> {
  const header: Partial<Header> & { name: string } = {
    name: entry.type === "directory" ? `${entry.path}/` : entry.path,
    type: entry.type,
    mode: entry.mode,
    uid: entry.uid ?? 0,
    gid: entry.gid ?? 0,
    mtime: new Date(0),
    ...(entry.target === undefined ? {} : { linkname: entry.target }),
  };
  if (entry.type !== "file") return finished((done) => archive.entry(header, done));
  const content = entry.content ?? Buffer.alloc(0);
  if (Buffer.isBuffer(content)) return finished((done) => archive.entry(header, content, done));
  const { size } = await stat(content.file);
  if (size <= 65536) {
    const bytes = await readFile(content.file);
    return finished((done) => archive.entry(header, bytes, done));
  }
  return finished((done) => {
    const sink = archive.entry({ ...header, size }, done);
    createReadStream(content.file).on("error", done).pipe(sink);
  });
}

function finished(start: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error ? reject(error) : resolve()));
  });
}
