import { describe, expect, it } from "vitest";
import type { Entry } from "../storage/store.ts";
import { concat, text, utf8 } from "./bytes.ts";
import { Compressor } from "./compress.ts";
import type { ApiRequest, ApiResponse } from "./request.ts";
import { testPlatform } from "./testing/test-server.ts";

const request = { path: "/api/v1/pods", headers: { "accept-encoding": "gzip" } } as unknown as ApiRequest;

const itemOf = ({ key, revision }: Entry) => utf8(JSON.stringify({ key, revision, text: `${revision}é`.repeat(120) }));

function listOf(entries: readonly Entry[], separated: boolean): ApiResponse {
  const chunks = [utf8("[")];
  for (const [i, entry] of entries.entries()) {
    if (separated) chunks.push(...(i > 0 ? [utf8(",")] : []), itemOf(entry));
    else chunks.push(utf8("item "), itemOf(entry));
  }
  chunks.push(utf8("]\n"));
  const length = concat(chunks).length;
  return {
    status: 200,
    headers: {},
    body: { form: "chunks", chunks, length, entries: { entries, form: `${separated}`, first: 1, separated } },
  };
}

const entriesOf = (...revisions: number[]) => revisions.map((revision) => ({ key: `k${revision}`, revision }) as unknown as Entry);
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

async function unzipped(response: ApiResponse): Promise<string> {
  const { body, headers } = response;
  if (body.form !== "chunks") throw new Error(body.form);
  expect(headers["content-encoding"]).toBe("gzip");
  const bytes = concat(body.chunks);
  expect(bytes.length).toBe(body.length);
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

const plain = ({ body }: ApiResponse) =>
  body.form === "chunks" ? text(concat(body.chunks)) : body.form === "bytes" ? text(body.bytes) : "";

describe("compressing answers", () => {
  it("leaves small answers and clients that don't take gzip alone", async () => {
    const compressor = new Compressor(testPlatform);
    const small: ApiResponse = { status: 200, headers: {}, body: { form: "bytes", bytes: utf8("small") } };
    expect(await compressor.compress(request, small)).toBe(small);
    const large: ApiResponse = { status: 200, headers: {}, body: { form: "bytes", bytes: utf8("large".repeat(50_000)) } };
    expect(await compressor.compress({ path: "/api/v1/pods", headers: {} } as unknown as ApiRequest, large)).toBe(large);
    expect(await unzipped(await compressor.compress(request, large))).toBe(plain(large));
  });

  it("compresses on the terms of what is asked for", async () => {
    const compressor = new Compressor(testPlatform);
    const large: ApiResponse = { status: 200, headers: {}, body: { form: "bytes", bytes: utf8("large".repeat(50_000)) } };
    const encodingOf = async (path: string, accepted: string) => {
      const asked = { path, headers: { "accept-encoding": accepted } } as unknown as ApiRequest;
      return (await compressor.compress(asked, large)).headers["content-encoding"];
    };
    expect(await encodingOf("/api/v1/pods", "br, gzip")).toBe("gzip");
    expect(await encodingOf("/api/v1/pods", "gzip;q=0.5")).toBeUndefined();
    expect(await encodingOf("/openapi/v2", "gzip;q=0.5")).toBe("gzip");
    expect(await encodingOf("/openapi/v2", "gzip;q=0")).toBeUndefined();
    expect(await encodingOf("/openapi/v3/api/v1", "gzip")).toBeUndefined();
  });

  it.each([true, false])("compresses of a list only what has changed since (separated: %s)", async (separated) => {
    let compressed = 0;
    const deflate = (bytes: Uint8Array) => {
      compressed += bytes.length;
      return testPlatform.deflate(bytes);
    };
    const compressor = new Compressor({ ...testPlatform, deflate });
    const check = async (...revisions: number[]) => {
      compressed = 0;
      const list = listOf(entriesOf(...revisions), separated);
      expect(await unzipped(await compressor.compress(request, list))).toBe(plain(list));
      return compressed / concat(list.body.form === "chunks" ? list.body.chunks : []).length;
    };
    const all = range(1000, 1500);
    expect(await check(...all)).toBeGreaterThan(0.99);
    expect(await check(...all)).toBeLessThan(0.001);
    // One is changed, one is removed, one is added at the end, one at the beginning.
    expect(await check(...all.map((revision) => (revision === 1300 ? 3000 : revision)))).toBeLessThan(0.3);
    expect(await check(...all.filter((revision) => revision !== 1100))).toBeLessThan(0.3);
    expect(await check(...all, 3001)).toBeLessThan(0.3);
    expect(await check(900, ...all)).toBeLessThan(0.3);
    expect(await check(...range(1000, 1001), ...range(1200, 1500))).toBeLessThan(0.4);
  });

  it("keeps no more than its limit, and serves all the same", async () => {
    const compressor = new Compressor(testPlatform, 100_000);
    for (let from = 1; from < 3000; from += 500) {
      const list = listOf(entriesOf(...range(from, from + 500)), true);
      expect(await unzipped(await compressor.compress(request, list))).toBe(plain(list));
      expect(await unzipped(await compressor.compress(request, list))).toBe(plain(list));
    }
  });

  it("serves after a failure", async () => {
    let fails = true;
    const deflate = (bytes: Uint8Array) => (fails ? Promise.reject(new Error("no memory")) : testPlatform.deflate(bytes));
    const compressor = new Compressor({ ...testPlatform, deflate });
    const list = listOf(entriesOf(...range(1, 300)), true);
    await expect(compressor.compress(request, list)).rejects.toThrow("no memory");
    fails = false;
    expect(await unzipped(await compressor.compress(request, list))).toBe(plain(list));
  });
});
