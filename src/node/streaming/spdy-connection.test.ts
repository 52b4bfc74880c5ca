import { Duplex, type Readable } from "node:stream";
import { createDeflate, constants as zlib } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { SpdyConnection } from "./spdy-connection.ts";
import { controlFrame, dataFrameHead, frameType, words } from "./spdy-frames.ts";
import { spdyDictionary } from "./spdy-headers.ts";
import type { SpdyStream } from "./spdy-stream.ts";

/** Two ends of a connection in memory, with back-pressure. */
class End extends Duplex {
  peer: End | undefined;
  #resume: (() => void) | undefined;

  override _read(): void {
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }
  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    const peer = this.peer as End;
    if (peer.destroyed) callback();
    // A copy: a socket hands over bytes, not the sender's memory.
    else if (peer.push(Buffer.from(chunk))) queueMicrotask(callback);
    else peer.#resume = callback;
  }
  override _final(callback: () => void): void {
    this.peer?.push(null);
    callback();
  }
  override _destroy(_error: Error | null, callback: (error: Error | null) => void): void {
    this.peer?.push(null);
    callback(null);
  }
}

function ends(): [End, End] {
  const [a, b] = [new End({ allowHalfOpen: true }), new End({ allowHalfOpen: true })];
  a.peer = b;
  b.peer = a;
  return [a, b];
}

const open: SpdyConnection[] = [];
afterEach(() => {
  for (const connection of open.splice(0)) connection.destroy();
});

function pair(onStream: (stream: SpdyStream) => void = () => {}): { client: SpdyConnection; server: SpdyConnection } {
  const [a, b] = ends();
  const client = new SpdyConnection(a, { role: "client" });
  const server = new SpdyConnection(b, { role: "server", onStream });
  open.push(client, server);
  return { client, server };
}

async function text(stream: Readable): Promise<string> {
  let all = "";
  for await (const chunk of stream) all += chunk;
  return all;
}

describe("a SPDY connection", () => {
  it("opens streams with their headers, in both directions of use", async () => {
    const seen: unknown[] = [];
    const { client } = pair((stream) => seen.push({ ...stream.headers }));
    await client.openStream({ streamType: "error" });
    await client.openStream({ streamType: "stdin", port: "80" });
    expect(seen).toEqual([{ streamtype: "error" }, { streamtype: "stdin", port: "80" }]);
    await client.ping();
  });

  it("closes each half of a stream by itself", async () => {
    const { client } = pair(async (stream) => {
      stream.end(`heard: ${await text(stream)}`);
    });
    const stream = await client.openStream({});
    stream.write("one ");
    stream.end("two");
    expect(await text(stream)).toBe("heard: one two");
  });

  it("carries 20 MB whole, through both buffers, beside other streams", async () => {
    const bytes = Buffer.alloc(20 * 1024 * 1024);
    for (let i = 0; i < bytes.length; i += 4) bytes.writeUInt32LE(i, i);
    const { client } = pair((stream) => stream.pipe(stream));
    const [large, small] = await Promise.all([client.openStream({}), client.openStream({})]);
    large.end(bytes);
    small.end("small");
    const chunks: Buffer[] = [];
    const [, echoed] = await Promise.all([
      (async () => {
        for await (const chunk of large) chunks.push(chunk as Buffer);
      })(),
      text(small),
    ]);
    expect(echoed).toBe("small");
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
  });

  it("sends no more than its buffers hold while the peer doesn't read", async () => {
    let received: SpdyStream | undefined;
    const { client } = pair((stream) => {
      received = stream;
    });
    const stream = await client.openStream({});
    let sent = 0;
    const chunk = Buffer.alloc(64 * 1024);
    let full = false;
    for (let i = 0; i < 200 && !full; i++) {
      full = await Promise.race([
        new Promise<boolean>((resolve) => stream.write(chunk, () => resolve(false))),
        new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 50)),
      ]);
      if (!full) sent += chunk.length;
    }
    expect(full).toBe(true);
    expect(sent).toBeLessThan(2 * 1024 * 1024);
    received?.resume();
    await new Promise((resolve) => stream.write("", resolve));
  });

  it("takes a reset by the peer as the end, with what came before it", async () => {
    const { client } = pair((stream) => {
      stream.write("last words", () => stream.destroy());
    });
    const stream = await client.openStream({});
    expect(await text(stream)).toBe("last words");
    stream.end("nobody hears this");
  });

  it("ends all streams with the connection, and refuses new ones", async () => {
    const { client, server } = pair((stream) => stream.write("hello"));
    const stream = await client.openStream({});
    expect(await new Promise((resolve) => stream.once("data", (data) => resolve(String(data))))).toBe("hello");
    server.close();
    expect(await client.closed).toBeUndefined();
    expect(await text(stream)).toBe("");
    await expect(client.openStream({})).rejects.toThrow("the SPDY connection is closed");
  });

  it("refuses streams that nobody takes", async () => {
    const { server } = pair();
    await expect(server.openStream({})).rejects.toThrow("the peer refused a SPDY stream (status 3)");
  });
});

describe("a SPDY peer of another make", () => {
  /** A peer that compresses its headers, as Go's does. */
  function peer() {
    const [ours, theirs] = ends();
    const deflate = createDeflate({ dictionary: spdyDictionary() });
    const compressed: Buffer[] = [];
    deflate.on("data", (chunk: Buffer) => compressed.push(chunk));
    const block = (headers: Record<string, string>) => {
      const parts: Buffer[] = [words(Object.keys(headers).length)];
      for (const part of Object.entries(headers).flat()) parts.push(words(part.length), Buffer.from(part));
      return new Promise<Buffer>((resolve) => {
        deflate.write(Buffer.concat(parts));
        deflate.flush(zlib.Z_SYNC_FLUSH, () => resolve(Buffer.concat(compressed.splice(0))));
      });
    };
    const syn = async (id: number, headers: Record<string, string>, flags = 0) =>
      controlFrame(frameType.synStream, flags, Buffer.concat([words(id, 0), Buffer.alloc(2), await block(headers)]));
    return { ours, theirs, syn };
  }

  it("is understood byte by byte, settings and window updates included", async () => {
    const { ours, theirs, syn } = peer();
    const streams: SpdyStream[] = [];
    const server = new SpdyConnection(ours, { role: "server", onStream: (stream) => streams.push(stream) });
    open.push(server);
    theirs.resume();
    const bytes = Buffer.concat([
      controlFrame(frameType.settings, 0, words(1, 4 << 24, 100)),
      await syn(1, { streamtype: "data", port: "8080", requestid: "0" }),
      controlFrame(frameType.windowUpdate, 0, words(1, 65536)),
      dataFrameHead(1, 5, false),
      Buffer.from("hello"),
      await syn(3, { streamtype: "error", port: "8080", requestid: "0" }, 1),
      dataFrameHead(1, 0, true),
    ]);
    for (const byte of bytes) theirs.write(Buffer.from([byte]));
    while (streams.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(streams.map(({ headers }) => ({ ...headers }))).toEqual([
      { streamtype: "data", port: "8080", requestid: "0" },
      { streamtype: "error", port: "8080", requestid: "0" },
    ]);
    expect(await text(streams[0] as SpdyStream)).toBe("hello");
    expect(await text(streams[1] as SpdyStream)).toBe("");
  });

  it("is not listened to any more once the connection is closed", async () => {
    const { ours, theirs, syn } = peer();
    const server = new SpdyConnection(ours, { role: "server", onStream: (stream) => stream.resume() });
    theirs.resume();
    theirs.write(await syn(1, { streamtype: "stdin" }));
    server.close();
    await server.closed;
    const before = process.memoryUsage().arrayBuffers;
    const chunk = Buffer.alloc(64 * 1024);
    // Handed over without a copy, so that what is kept is seen.
    for (let i = 0; i < 500; i++) ours.emit("data", chunk);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
  });

  it("is cut off when it speaks nonsense", async () => {
    const [ours, theirs] = ends();
    const server = new SpdyConnection(ours, { role: "server" });
    theirs.resume();
    theirs.write(Buffer.from("80020001000000ff", "hex"));
    expect(await server.closed).toEqual(new Error("SPDY version 2 is not supported; 3.1 is"));

    const [more, another] = ends();
    const second = new SpdyConnection(more, { role: "server" });
    another.resume();
    another.write(Buffer.from("8003000100ffffff", "hex"));
    expect(await second.closed).toEqual(new Error("a SPDY control frame of 16777215 bytes is too long"));
  });
});
