import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { normalizeImageName } from "./image-name.ts";
import { imageNameAnnotation, refNameAnnotation } from "./oci-archive.ts";

export interface ArchivedImage {
  /** Whole names; empty when the archive has none for this image. */
  names: string[];
  /** The digest of the manifest or index; absent in docker-save's older form, which has none. */
  digest?: string;
}

export interface ImageArchive {
  gzip: boolean;
  /** `oci`: an image layout; `docker`: what `docker save` wrote before it wrote layouts. */
  format: "oci" | "docker";
  images: ArchivedImage[];
}

/** What makes a file no image archive, in words for the person who named it. */
class ArchiveError extends Error {
  constructor(file: string, why: string) {
    super(`${file} is not an image archive: ${why}; \`docker save\`, \`podman save\` and \`skopeo copy … oci-archive:FILE\` write one`);
    this.name = "ArchiveError";
  }
}

interface IndexEntry {
  digest: string;
  annotations?: Record<string, string>;
}

/** Reads which images an archive holds: a tar of an OCI layout or of docker-save's form, gzipped or not. */
export async function readImageArchive(file: string): Promise<ImageArchive> {
  const gzip = await isGzip(file);
  const texts = await indexFiles(file, gzip);
  const index = texts.get("index.json");
  const manifest = texts.get("manifest.json");
  try {
    // Newer docker-save archives have both; the layout knows the digests, manifest.json the whole names.
    if (index !== undefined && texts.has("oci-layout")) return { gzip, format: "oci", images: fromIndex(JSON.parse(index)) };
    if (manifest !== undefined) return { gzip, format: "docker", images: fromManifest(JSON.parse(manifest)) };
  } catch (error) {
    throw new ArchiveError(file, (error as Error).message);
  }
  throw new ArchiveError(file, "it has neither an index.json with an oci-layout nor a manifest.json");
}

function fromIndex(index: { manifests?: IndexEntry[] }): ArchivedImage[] {
  const images = new Map<string, ArchivedImage>();
  for (const { digest, annotations = {} } of index.manifests ?? []) {
    const image = images.get(digest) ?? { names: [], digest };
    images.set(digest, image);
    // By the letter the second annotation is a tag alone; many tools write the whole name there.
    const ref = annotations[refNameAnnotation] ?? "";
    const name = annotations[imageNameAnnotation] ?? (/[/:]/.test(ref) ? ref : undefined);
    if (name !== undefined) image.names.push(normalizeImageName(name));
  }
  return [...images.values()];
}

function fromManifest(manifest: { RepoTags?: string[] | null }[]): ArchivedImage[] {
  return manifest.map(({ RepoTags }) => ({ names: (RepoTags ?? []).map(normalizeImageName) }));
}

const wanted = new Set(["index.json", "manifest.json", "oci-layout"]);

async function indexFiles(file: string, gzip: boolean): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  const reader = extract();
  reader.on("entry", (header, stream, next) => {
    const name = header.name.replace(/^\.\//, "");
    const chunks: Buffer[] = [];
    if (wanted.has(name)) stream.on("data", (chunk: unknown) => chunks.push(chunk as Buffer));
    stream.on("end", () => {
      if (wanted.has(name)) texts.set(name, Buffer.concat(chunks).toString());
      next();
    });
    stream.resume();
  });
  const source = createReadStream(file, { highWaterMark: 1024 * 1024 });
  try {
    await pipeline(source, gzip ? createGunzip() : new PassThrough(), reader as unknown as NodeJS.WritableStream);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall) throw error; // the file can't be read
    throw new ArchiveError(file, (error as Error).message);
  }
  return texts;
}

async function isGzip(file: string): Promise<boolean> {
  const handle = await open(file, "r");
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await handle.close();
  }
}
