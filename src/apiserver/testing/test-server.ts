import { builtInResources } from "../../api/registry.ts";
import { rawTables } from "../../api/tables.ts";
import { VirtualClock } from "../../machinery/clock.ts";
import { exactJson } from "../../machinery/exact-json.ts";
import { type Logger, silentLogger } from "../../machinery/logger.ts";
import type { Status } from "../../machinery/meta/v1.ts";
import wireOnly from "../../machinery/meta/wire-only.json" with { type: "json" };
import type { AnyObject } from "../../machinery/object.ts";
import type { Platform } from "../../machinery/platform.ts";
import { seededRandom } from "../../machinery/random.ts";
import type { WireOnlyTypes } from "../../machinery/schema/schema.ts";
import { createMemoryStore, type MemoryStore } from "../../storage/memory/memory-store.ts";
import { concat, text, utf8 } from "../bytes.ts";
import type { NodeProxy, ServerOptions } from "../options.ts";
import type { ApiRequest, ApiResponse, Identity, OpenStream } from "../request.ts";
import { type ApiServer, createApiServer } from "../server.ts";
import { TypeCatalog } from "../types.ts";

export const admin: Identity = { name: "admin", groups: ["system:masters"] };

export interface Answer {
  status: number;
  headers: Record<string, string | string[]>;
  /** The body as JSON; the text where it is none. */
  body: AnyObject & Status;
  text: string;
  bytes: Uint8Array;
}

/** A watch under test: its frames, parsed, in the order in which they came. */
export interface TestWatch {
  events: { type: string; object: AnyObject }[];
  frames: string[];
  ended: boolean;
  stream: OpenStream;
}

/** Deflate that doesn't compress. */
function storedBlocks(data: Uint8Array): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < data.length; at += 0xffff) {
    const part = data.subarray(at, at + 0xffff);
    blocks.push(Uint8Array.of(0, part.length & 255, part.length >> 8, ~part.length & 255, (~part.length >> 8) & 255), part);
  }
  return concat(blocks);
}

function crc32(data: Uint8Array): number {
  let checksum = 0xffffffff;
  for (const byte of data) {
    checksum ^= byte;
    for (let bit = 0; bit < 8; bit++) checksum = checksum & 1 ? (checksum >>> 1) ^ 0xedb88320 : checksum >>> 1;
  }
  return ~checksum >>> 0;
}

/** A platform whose tokens are plain JSON: for tests only. */
export const testPlatform: Platform = {
  sha256(data) {
    let hash = 0;
    for (const byte of typeof data === "string" ? utf8(data) : data) hash = (Math.imul(hash, 31) + byte) >>> 0;
    return hash.toString(16).padStart(8, "0").repeat(8);
  },
  signToken: async (claims) => `test.${btoa(JSON.stringify(claims)).replace(/=+$/, "").replaceAll("+", "-").replaceAll("/", "_")}.signed`,
  verifyToken: async (token) => {
    const [head, claims, signature] = token.split(".");
    if (head !== "test" || signature !== "signed" || !claims) return { error: "invalid signature, no keys found" };
    return { claims: JSON.parse(atob(claims.replaceAll("-", "+").replaceAll("_", "/"))) };
  },
  jwks: async () => ({ keys: [] }),
  deflate: async (data) => storedBlocks(data),
  crc32,
  verifySignature: () => true,
  pause: async () => {},
  fetch: () => Promise.reject(new Error("no network in tests")),
};

/** An API server over a memory store on virtual time, asked in process. */
export class TestServer {
  readonly clock = new VirtualClock();
  readonly store: MemoryStore;
  readonly server: ApiServer;

  constructor(
    options: Partial<ServerOptions> = {},
    nodeProxy?: NodeProxy,
    platform: Partial<Platform> = {},
    logger: Logger = silentLogger,
  ) {
    this.store = createMemoryStore({ clock: this.clock });
    this.server = createApiServer({
      store: this.store,
      platform: { ...testPlatform, ...platform },
      clock: this.clock,
      random: seededRandom(1),
      logger,
      definitions: builtInResources(),
      types: new TypeCatalog(rawTables, wireOnly as unknown as WireOnlyTypes),
      options,
      ...(nodeProxy ? { nodeProxy } : {}),
    });
  }

  /** A server with the namespace `default` and its service account. */
  static async started(
    options: Partial<ServerOptions> = {},
    nodeProxy?: NodeProxy,
    platform: Partial<Platform> = {},
    logger: Logger = silentLogger,
  ): Promise<TestServer> {
    const test = new TestServer(options, nodeProxy, platform, logger);
    await test.post("/api/v1/namespaces", { metadata: { name: "default" } });
    await test.post("/api/v1/namespaces/default/serviceaccounts", { metadata: { name: "default" } });
    return test;
  }

  async raw(method: string, url: string, request: Partial<ApiRequest> = {}): Promise<ApiResponse> {
    const [path = "", query = ""] = url.split("?");
    return this.server.handle({ method, path, query: new URLSearchParams(query), headers: {}, identity: admin, ...request });
  }

  async ask(method: string, url: string, body?: unknown, request: Partial<ApiRequest> = {}): Promise<Answer> {
    const bytes = body === undefined ? undefined : utf8(typeof body === "string" ? body : exactJson(body));
    const headers = { "content-type": "application/json", "user-agent": "test", ...request.headers };
    const response = await this.raw(method, url, { ...request, headers, ...(bytes ? { body: bytes } : {}) });
    return answerOf(response);
  }

  get(url: string, request: Partial<ApiRequest> = {}): Promise<Answer> {
    return this.ask("GET", url, undefined, request);
  }

  post(url: string, body: unknown, request: Partial<ApiRequest> = {}): Promise<Answer> {
    return this.ask("POST", url, body, request);
  }

  put(url: string, body: unknown, request: Partial<ApiRequest> = {}): Promise<Answer> {
    return this.ask("PUT", url, body, request);
  }

  patch(url: string, type: "json" | "merge" | "strategic-merge", body: unknown, request: Partial<ApiRequest> = {}): Promise<Answer> {
    return this.ask("PATCH", url, body, { ...request, headers: { "content-type": `application/${type}-patch+json`, ...request.headers } });
  }

  delete(url: string, body?: unknown, request: Partial<ApiRequest> = {}): Promise<Answer> {
    return this.ask("DELETE", url, body, request);
  }

  /** Opens a watch. `room`: how many frames its sink takes before it says that it is full. */
  async watch(url: string, request: Partial<ApiRequest> = {}, room = Number.POSITIVE_INFINITY): Promise<TestWatch> {
    const response = await this.raw("GET", url, request);
    if (response.body.form !== "stream") throw new Error(`no stream: ${answerOf(response).text}`);
    const watch: TestWatch = { events: [], frames: [], ended: false, stream: undefined as unknown as OpenStream };
    watch.stream = response.body.open({
      write(frames) {
        for (const frame of frames) {
          watch.frames.push(text(frame));
          watch.events.push(JSON.parse(text(frame)));
        }
        return watch.frames.length < room;
      },
      end() {
        watch.ended = true;
      },
    });
    return watch;
  }
}

function answerOf({ status, headers, body }: ApiResponse): Answer {
  const bytes =
    body.form === "bytes"
      ? body.bytes
      : body.form === "chunks"
        ? concat(body.chunks, body.length)
        : utf8(body.form === "object" ? exactJson(body.object) : "");
  const content = text(bytes);
  let parsed: unknown = content;
  try {
    parsed = JSON.parse(content);
  } catch {
    // Health checks and metrics are text.
  }
  return { status, headers, body: parsed as Answer["body"], text: content, bytes };
}
