import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findBusybox } from "../../src/node/runtime/testing/busybox.ts";
import { parsePackage } from "./debian-packages.ts";
import { readSpecs } from "./image-spec.ts";

const examples = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "examples", "images");
const directory = mkdtempSync(join(tmpdir(), "kybern-specs-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("the example images", () => {
  it("come after their bases, with the names that the talks use", () => {
    const specs = readSpecs(examples);
    const ids = specs.map(({ id }) => id);
    expect(ids).toEqual(["busybox", "httpd", "php-redis", "redis", "redis-slave"]);
    expect(specs.flatMap(({ names }) => names)).toEqual([
      "docker.io/library/busybox:latest",
      "registry-host:5000/httpd:latest",
      "docker.io/library/httpd:latest",
      "docker.io/brendanburns/php-redis:latest",
      "docker.io/library/redis:latest",
      "docker.io/dockerfile/redis:latest",
      "docker.io/gurpartap/redis:latest",
      "docker.io/brendanburns/redis-slave:latest",
    ]);
  });

  it("are refused with an unknown field or base", () => {
    const write = (name: string, text: unknown) => {
      mkdirSync(join(directory, name, "one"), { recursive: true });
      writeFileSync(join(directory, name, "one", "image.json"), JSON.stringify(text));
      return join(directory, name);
    };
    expect(() => readSpecs(write("a", { names: ["one"], comand: [] }))).toThrow('image.json: there is no field "comand"');
    expect(() => readSpecs(write("b", { names: ["one"], base: "two" }))).toThrow('image.json: there is no image "two"');
    expect(() => readSpecs(write("c", {}))).toThrow("image.json: an image needs names");
  });
});

describe("parsePackage", () => {
  it("reads name, version and the libraries it depends on", () => {
    const paragraph = [
      "Package: redis-tools",
      "Version: 5:7.0.15-1~deb12u10",
      "Pre-Depends: libc6 (>= 2.34)",
      "Depends: adduser, libjemalloc2 (>= 5.2.1), libssl3:any (>= 3.0.0) | libssl4, libc6",
    ].join("\n");
    expect(parsePackage(paragraph)).toEqual({
      name: "redis-tools",
      version: "5:7.0.15-1~deb12u10",
      depends: ["libc6", "libjemalloc2", "libssl3"],
    });
    expect(parsePackage("")).toBeUndefined();
  });
});

const busybox = findBusybox();
const skip =
  !busybox || !spawnSync(busybox, ["--list"], { encoding: "utf8" }).stdout?.includes("httpd")
    ? "busybox with httpd is not here"
    : undefined;

describe.skipIf(skip !== undefined)(`the guestbook's front end${skip ? ` (skipped: ${skip})` : ""}`, () => {
  const data = new Map<string, string>();
  let redis: Server;
  let httpd: ChildProcess;
  let base: string;

  beforeAll(async () => {
    redis = createServer((socket) => {
      let text = "";
      socket.on("error", () => {});
      socket.on("data", (chunk) => {
        text += chunk.toString("latin1");
        if (!text.endsWith("$4\r\nQUIT\r\n")) return;
        const words = readCommand(Buffer.from(text, "latin1"));
        if (words[0] === "SET") data.set(words[1] ?? "", words[2] ?? "");
        const value = data.get(words[1] ?? "");
        const bulk = value === undefined ? "$-1\r\n" : `$${Buffer.byteLength(value)}\r\n${value}\r\n`;
        socket.end(`${words[0] === "SET" ? "+OK\r\n" : bulk}+OK\r\n`);
      });
    });
    await new Promise<void>((resolve) => redis.listen(0, "127.0.0.1", resolve));
    // The script as it is, with busybox's programs on the path as in the image.
    const bin = join(directory, "bin");
    mkdirSync(bin);
    spawnSync(busybox ?? "", ["--install", "-s", bin]);
    writeFileSync(join(directory, "httpd.conf"), `*.php:${bin}/sh\n`);
    const probe = createServer();
    await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
    const { port } = probe.address() as AddressInfo;
    await new Promise((resolve) => probe.close(resolve));
    base = `http://127.0.0.1:${port}`;
    const redisPort = String((redis.address() as AddressInfo).port);
    httpd = spawn(
      busybox ?? "",
      ["httpd", "-f", "-p", `127.0.0.1:${port}`, "-h", join(examples, "php-redis", "files", "www"), "-c", join(directory, "httpd.conf")],
      {
        stdio: "ignore",
        env: {
          PATH: bin,
          REDISMASTER_SERVICE_HOST: "127.0.0.1",
          REDISMASTER_SERVICE_PORT: redisPort,
          REDIS_SLAVE_SERVICE_HOST: "127.0.0.1",
          REDIS_SLAVE_SERVICE_PORT: redisPort,
        },
      },
    );
    for (let i = 0; i < 200; i++) {
      if (
        await fetch(base).then(
          () => true,
          () => false,
        )
      )
        break;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  });
  afterAll(() => {
    httpd?.kill("SIGKILL");
    redis?.close();
  });

  const ask = async (query: Record<string, string>) => (await fetch(`${base}/index.php?${new URLSearchParams(query)}`)).json();

  it("writes and reads a message, whatever is in it", async () => {
    const value = 'Hi "Cloud" Open\\, wörld & 2+2=4% $HOME `id`,\tnext\nline';
    expect(await ask({ cmd: "set", key: "messages", value })).toEqual({ message: "Updated" });
    expect(data.get("messages")).toBe(value);
    expect(await ask({ cmd: "get", key: "messages" })).toEqual({ data: value });
    expect(await ask({ cmd: "get", key: "none" })).toEqual({ data: "" });
  });

  it("serves the page", async () => {
    expect(await (await fetch(`${base}/`)).text()).toContain("<h1>Guestbook</h1>");
    expect(await (await fetch(`${base}/index.php`)).status).toBe(200);
  });
});

/** The words of the first command in redis' protocol. */
function readCommand(bytes: Buffer): string[] {
  const words: string[] = [];
  let at = 0;
  const line = () => {
    const end = bytes.indexOf("\r\n", at);
    const text = bytes.toString("utf8", at, end);
    at = end + 2;
    return text;
  };
  const count = Number(line().slice(1));
  for (let i = 0; i < count; i++) {
    const length = Number(line().slice(1));
    words.push(bytes.toString("utf8", at, at + length));
    at += length + 2;
  }
  return words;
}
