import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { afterAll, describe, expect, it } from "vitest";
import { normalizeImageName, parseImageName } from "./image-name.ts";
import { pullFailureMessage } from "./import.ts";
import { type LayerEntry, writeOciArchive } from "./oci-archive.ts";
import { readImageArchive } from "./read-archive.ts";

const directory = mkdtempSync(join(tmpdir(), "kybern-images-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("image names", () => {
  it.each([
    ["redis", "docker.io/library/redis:latest"],
    ["redis:7", "docker.io/library/redis:7"],
    ["dockerfile/redis", "docker.io/dockerfile/redis:latest"],
    ["index.docker.io/library/redis", "docker.io/library/redis:latest"],
    ["registry-host:5000/httpd:latest", "registry-host:5000/httpd:latest"],
    ["registry-host:5000/httpd", "registry-host:5000/httpd:latest"],
    ["localhost/kybern/pause:1", "localhost/kybern/pause:1"],
    [`quay.io/a/b@sha256:${"0".repeat(64)}`, `quay.io/a/b@sha256:${"0".repeat(64)}`],
    [`quay.io/a/b:1@sha256:${"0".repeat(64)}`, `quay.io/a/b:1@sha256:${"0".repeat(64)}`],
  ])("%s is %s", (reference, whole) => {
    expect(normalizeImageName(reference)).toBe(whole);
  });

  it.each(["", "Redis", "redis:", "a//b", "redis@sha256:1", "http://redis", ":7"])("%j is none", (reference) => {
    expect(parseImageName(reference)).toBeUndefined();
    expect(() => normalizeImageName(reference)).toThrow(`"${reference}" is not the name of an image`);
  });
});

describe("OCI archives", () => {
  const layer = (): LayerEntry[] => [
    { path: "etc", type: "directory", mode: 0o755 },
    { path: "etc/motd", type: "file", mode: 0o644, content: Buffer.from("hello\n") },
    { path: "motd", type: "symlink", mode: 0o777, target: "etc/motd" },
  ];
  const write = async (name: string) => {
    const file = join(directory, name);
    const names = ["docker.io/library/hello:1", "localhost/hello:latest"];
    await writeOciArchive(file, [{ names, config: { command: ["/bin/true"], exposedPorts: ["80/tcp"] }, layers: [layer(), layer()] }]);
    return file;
  };

  it("are the same bytes each time, and tell their names", async () => {
    const [one, two] = [await write("one.tar"), await write("two.tar")];
    expect(readFileSync(one).equals(readFileSync(two))).toBe(true);
    const archive = await readImageArchive(one);
    expect(archive).toEqual({
      gzip: false,
      format: "oci",
      images: [{ names: ["docker.io/library/hello:1", "localhost/hello:latest"], digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) }],
    });
    const zipped = join(directory, "one.tar.gz");
    writeFileSync(zipped, gzipSync(readFileSync(one)));
    expect(await readImageArchive(zipped)).toEqual({ ...archive, gzip: true });
  });

  it("of docker save are read by their manifest", async () => {
    const manifest = [
      { Config: "a.json", RepoTags: ["redis:7", "registry-host:5000/redis:7"], Layers: [] },
      { Config: "b.json", RepoTags: null, Layers: [] },
    ];
    const file = await tar("docker.tar", { "manifest.json": JSON.stringify(manifest), "a.json": "{}" });
    expect(await readImageArchive(file)).toEqual({
      gzip: false,
      format: "docker",
      images: [{ names: ["docker.io/library/redis:7", "registry-host:5000/redis:7"] }, { names: [] }],
    });
  });

  it("that other tools wrote may have the whole name in the tag's place", async () => {
    const entry = (ref: string) => ({ digest: `sha256:${ref.length}`, annotations: { "org.opencontainers.image.ref.name": ref } });
    const index = JSON.stringify({ manifests: [entry("docker.io/library/redis:7"), entry("latest")] });
    const file = await tar("skopeo.tar", { "./oci-layout": "{}", "./index.json": index });
    expect((await readImageArchive(file)).images.map(({ names }) => names)).toEqual([["docker.io/library/redis:7"], []]);
  });

  it("are told from other files", async () => {
    const advice = "`docker save`, `podman save` and `skopeo copy … oci-archive:FILE` write one";
    const other = await tar("other.tar", { readme: "hello" });
    await expect(readImageArchive(other)).rejects.toThrow(
      `${other} is not an image archive: it has neither an index.json with an oci-layout nor a manifest.json; ${advice}`,
    );
    const text = join(directory, "text.txt");
    writeFileSync(text, "x".repeat(2000));
    await expect(readImageArchive(text)).rejects.toThrow(/text\.txt is not an image archive: .*; `docker save`/);
    await expect(readImageArchive(join(directory, "none.tar"))).rejects.toMatchObject({ code: "ENOENT" });
  });
});

describe("pullFailureMessage", () => {
  it("says what to do where no registry is reachable", () => {
    const detail =
      'failed to do request: Head "https://registry-1.docker.io/v2/library/redis/manifests/latest": dial tcp: lookup registry-1.docker.io: no such host';
    expect(pullFailureMessage("redis", detail)).toBe(
      `${detail} (the registry can't be reached from this machine. Where there is none, save the image elsewhere (docker save -o FILE redis) and run: kybern image import FILE)`,
    );
  });

  it("tells a wrong name from a lack of credentials, and adds nothing where it knows nothing", () => {
    expect(pullFailureMessage("a", "a: not found")).toBe("a: not found (the registry has no such image; check the name and the tag)");
    expect(pullFailureMessage("a", "pull access denied")).toContain("imagePullSecrets");
    expect(pullFailureMessage("a", "no space left on device")).toBe("no space left on device");
  });
});

async function tar(name: string, files: Record<string, string>): Promise<string> {
  const archive = pack();
  for (const [path, content] of Object.entries(files)) archive.entry({ name: path }, content);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive as AsyncIterable<Buffer>) chunks.push(chunk);
  const file = join(directory, name);
  writeFileSync(file, Buffer.concat(chunks));
  return file;
}
