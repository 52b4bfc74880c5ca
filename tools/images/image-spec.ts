import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { normalizeImageName } from "../../src/node/images/image-name.ts";
import type { ImageConfig } from "../../src/node/images/oci-archive.ts";

/** What a directory of `examples/images/` says in its `image.json`; what lies in its `files/` is copied over the rest. */
export interface ImageSpec {
  /** The directory's name. */
  id: string;
  directory: string;
  /** Whole references. */
  names: string[];
  /** The image whose layers come first. */
  base?: string;
  /** Debian packages that the programs come from. */
  packages: string[];
  /** Path in the image to path in the packages. Shared libraries come along. */
  programs: Record<string, string>;
  /** A link in /bin for each program that busybox can be. */
  applets: boolean;
  /** Path to octal mode. */
  directories: Record<string, string>;
  /** Path of a symbolic link to its target. */
  links: Record<string, string>;
  config: ImageConfig;
}

const fields = ["names", "base", "packages", "programs", "applets", "directories", "links", "config"];

function readSpec(directory: string, id: string): ImageSpec {
  const file = join(directory, id, "image.json");
  const text = JSON.parse(readFileSync(file, "utf8")) as Partial<ImageSpec>;
  for (const field of Object.keys(text)) if (!fields.includes(field)) throw new Error(`${file}: there is no field "${field}"`);
  if (!text.names?.length) throw new Error(`${file}: an image needs names`);
  return {
    packages: [],
    programs: {},
    applets: false,
    directories: {},
    links: {},
    config: {},
    ...text,
    id,
    directory: join(directory, id),
    names: text.names.map(normalizeImageName),
  };
}

/** All images, each after its base. */
export function readSpecs(directory: string): ImageSpec[] {
  const specs = new Map<string, ImageSpec>();
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) specs.set(entry.name, readSpec(directory, entry.name));
  }
  const ordered: ImageSpec[] = [];
  const add = (id: string, from: string) => {
    const spec = specs.get(id);
    if (!spec) throw new Error(`${from}: there is no image "${id}"`);
    if (ordered.includes(spec)) return;
    if (spec.base) add(spec.base, join(spec.directory, "image.json"));
    ordered.push(spec);
  };
  for (const id of [...specs.keys()].sort()) add(id, directory);
  return ordered;
}
