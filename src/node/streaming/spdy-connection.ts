import type { Duplex } from "node:stream";
import { type ControlFrame, controlFrame, dataFrameHead, FrameParser, flagFin, frameType, resetStatus, words } from "./spdy-frames.ts";
import { HeaderDeflater, HeaderInflater, type SpdyHeaders } from "./spdy-headers.ts";
import { SpdyStream, type StreamLink } from "./spdy-stream.ts";

export interface SpdyConnectionOptions {
  role: "client" | "server";
  /** Bytes that came with the upgrade. */
  head?: Buffer;
  /** Called for each stream that the peer opens; it is accepted before. Without it, such streams are refused. */
  onStream?: (stream: SpdyStream) => void;
}

/**
 * SPDY/3.1 over an upgraded HTTP connection, as Kubernetes uses it: a handful of streams, no flow control of their own (nobody
 * there implements it; window updates and settings are read and ignored). Back-pressure is that of the TCP connection: while the
 * buffer of any stream is full, nothing is read. So every stream must be read, or destroyed.
 */
export class SpdyConnection {
  /** Resolves when the connection is gone, with the error that ended it if one did. */
  readonly closed: Promise<Error | undefined>;
  readonly #socket: Duplex;
  readonly #options: SpdyConnectionOptions;
  readonly #parser = new FrameParser();
  readonly #inflater = new HeaderInflater();
  readonly #deflater = new HeaderDeflater();
  readonly #streams = new Map<number, SpdyStream>();
  readonly #full = new Set<number>();
  readonly #replies = new Map<number, { resolve(): void; reject(error: Error): void }>();
  readonly #pings = new Map<number, { resolve(): void; reject(error: Error): void }>();
  readonly #link: StreamLink;
  #waiting: (() => void)[] = [];
  #nextStreamId: number;
  #nextPingId: number;
  #lastRemoteStreamId = 0;
  #processing = false;
  #socketEnd: { error: Error | undefined } | undefined;
  #ended = false;
  #resolveClosed: (error: Error | undefined) => void = () => {};

  constructor(socket: Duplex, options: SpdyConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#nextStreamId = options.role === "client" ? 1 : 2;
    this.#nextPingId = this.#nextStreamId;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.#link = {
      send: (streamId, data, fin, callback) => this.#send(streamId, data, fin, callback),
      reset: (streamId) => this.#write(controlFrame(frameType.rstStream, 0, words(streamId, resetStatus.cancel))),
      hold: (streamId, full) => this.#hold(streamId, full),
      forget: (streamId) => {
        this.#streams.delete(streamId);
        this.#hold(streamId, false);
      },
    };
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("drain", () => {
      for (const resume of this.#waiting.splice(0)) resume();
    });
    socket.on("error", (error) => this.#socketEnded(error));
    socket.on("end", () => this.#socketEnded(undefined));
    socket.on("close", () => this.#socketEnded(undefined));
    if (options.head && options.head.length > 0) this.#receive(options.head);
  }

  /** Opens a stream; resolves when the peer has accepted it. */
  async openStream(headers: SpdyHeaders): Promise<SpdyStream> {
    if (this.#ended) throw new Error("the SPDY connection is closed");
    const id = this.#nextStreamId;
    this.#nextStreamId += 2;
    const stream = new SpdyStream(id, headers, this.#link);
    this.#streams.set(id, stream);
    const replied = new Promise<void>((resolve, reject) => {
      this.#replies.set(id, { resolve, reject });
    });
    this.#write(controlFrame(frameType.synStream, 0, Buffer.concat([words(id, 0), Buffer.alloc(2), this.#deflater.deflate(headers)])));
    await replied;
    return stream;
  }

  /** Resolves when the peer has answered: it has then read all that was sent before. */
  ping(): Promise<void> {
    const id = this.#nextPingId;
    this.#nextPingId += 2;
    if (this.#ended) return Promise.reject(new Error("the SPDY connection is closed"));
    return new Promise((resolve, reject) => {
      this.#pings.set(id, { resolve, reject });
      this.#write(controlFrame(frameType.ping, 0, words(id)));
    });
  }

  /** Tells the peer that it ends, and closes after what streams have handed over: await their `finish` to be sure of all. */
  close(): void {
    if (this.#ended) return;
    this.#write(controlFrame(frameType.goAway, 0, words(this.#lastRemoteStreamId, 0)));
    this.#end(undefined);
  }

  /** Drops the connection at once. */
  destroy(): void {
    this.#end(undefined);
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    // Once it has ended, what still comes is nobody's.
    if (this.#ended) return;
    this.#parser.push(chunk);
    if (!this.#processing) this.#process();
  }

  /** Frames are taken in order; a header block, which is read asynchronously, holds up those behind it. */
  #process(): void {
    this.#processing = true;
    try {
      while (!this.#ended) {
        const frame = this.#parser.next();
        if (!frame) break;
        if ("data" in frame) {
          this.#receiveData(frame.streamId, frame.data, frame.last);
          continue;
        }
        const pending = this.#receiveControl(frame.control);
        if (!pending) continue;
        this.#socket.pause();
        pending.then(
          () => {
            if (this.#full.size === 0 && !this.#ended) this.#socket.resume();
            this.#process();
          },
          (error: Error) => this.#fail(error),
        );
        return;
      }
    } catch (error) {
      this.#fail(error as Error);
    }
    this.#processing = false;
    if (this.#socketEnd) this.#end(this.#socketEnd.error);
  }

  /** What came before the end counts: it waits for a header block that is being read. */
  #socketEnded(error: Error | undefined): void {
    if (this.#processing) this.#socketEnd ??= { error };
    else this.#end(error);
  }

  #receiveData(streamId: number, data: Buffer, last: boolean): void {
    // Data of a stream that was reset here may still be on its way.
    this.#streams.get(streamId)?.receive(data, last);
  }

  #receiveControl({ type, flags, payload }: ControlFrame): Promise<void> | undefined {
    const streamId = payload.length >= 4 ? payload.readUInt32BE(0) & 0x7fffffff : 0;
    const fin = (flags & flagFin) !== 0;
    switch (type) {
      case frameType.synStream:
        return this.#inflater.inflate(payload.subarray(10)).then((headers) => this.#accept(streamId, headers, fin));
      case frameType.synReply:
        return this.#inflater.inflate(payload.subarray(4)).then(() => {
          this.#replies.get(streamId)?.resolve();
          this.#replies.delete(streamId);
          if (fin) this.#receiveData(streamId, Buffer.alloc(0), true);
        });
      case frameType.headers:
        // Read all the same: the blocks are one compressed stream.
        return this.#inflater.inflate(payload.subarray(4)).then(() => {
          if (fin) this.#receiveData(streamId, Buffer.alloc(0), true);
        });
      case frameType.rstStream: {
        const status = payload.readUInt32BE(4);
        const reply = this.#replies.get(streamId);
        if (reply) {
          this.#replies.delete(streamId);
          this.#streams.delete(streamId);
          reply.reject(new Error(`the peer refused a SPDY stream (status ${status})`));
          return undefined;
        }
        const error = status === resetStatus.cancel ? undefined : new Error(`the peer reset a SPDY stream (status ${status})`);
        this.#streams.get(streamId)?.receiveReset(error);
        return undefined;
      }
      case frameType.ping:
        this.#receivePing(payload.readUInt32BE(0));
        return undefined;
      case frameType.goAway:
        // It opens no more streams; those that are open go on to their ends.
        return undefined;
      default:
        return undefined;
    }
  }

  #receivePing(id: number): void {
    const ours = id % 2 === this.#nextPingId % 2;
    if (!ours) {
      this.#write(controlFrame(frameType.ping, 0, words(id)));
      return;
    }
    this.#pings.get(id)?.resolve();
    this.#pings.delete(id);
  }

  #accept(streamId: number, headers: SpdyHeaders, fin: boolean): void {
    const refuse = (status: number) => this.#write(controlFrame(frameType.rstStream, 0, words(streamId, status)));
    const theirs = streamId % 2 !== this.#nextStreamId % 2;
    if (!theirs || streamId <= this.#lastRemoteStreamId) {
      refuse(resetStatus.protocolError);
      return;
    }
    this.#lastRemoteStreamId = streamId;
    if (!this.#options.onStream) {
      refuse(resetStatus.refusedStream);
      return;
    }
    const stream = new SpdyStream(streamId, headers, this.#link);
    this.#streams.set(streamId, stream);
    this.#write(controlFrame(frameType.synReply, 0, Buffer.concat([words(streamId), this.#deflater.deflate({})])));
    this.#options.onStream(stream);
    if (fin) stream.receive(Buffer.alloc(0), true);
  }

  #send(streamId: number, data: Buffer, fin: boolean, callback: () => void): void {
    if (this.#ended) {
      callback();
      return;
    }
    this.#socket.cork();
    let more = this.#socket.write(dataFrameHead(streamId, data.length, fin));
    if (data.length > 0) more = this.#socket.write(data);
    this.#socket.uncork();
    if (more) callback();
    else this.#waiting.push(callback);
  }

  #write(frame: Buffer): void {
    if (!this.#ended) this.#socket.write(frame);
  }

  #hold(streamId: number, full: boolean): void {
    if (full) {
      this.#full.add(streamId);
      this.#socket.pause();
    } else if (this.#full.delete(streamId) && this.#full.size === 0 && !this.#processing && !this.#ended) {
      this.#socket.resume();
    }
  }

  #fail(error: Error): void {
    this.#end(error);
    this.#socket.destroy();
  }

  #end(error: Error | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    const why = error ?? new Error("the SPDY connection was closed");
    for (const { reject } of [...this.#replies.values(), ...this.#pings.values()]) reject(why);
    this.#replies.clear();
    this.#pings.clear();
    for (const resume of this.#waiting.splice(0)) resume();
    for (const stream of [...this.#streams.values()]) stream.receiveReset(error);
    this.#streams.clear();
    this.#inflater.close();
    // An HTTP server's sockets stay half open otherwise.
    this.#socket.end();
    this.#resolveClosed(error);
  }
}
