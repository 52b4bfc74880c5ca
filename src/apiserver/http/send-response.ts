import type { StatusError } from "../../machinery/errors.ts";
import { concat, utf8 } from "../bytes.ts";
import type { ApiResponse, OpenStream } from "../request.ts";

/** One response of either HTTP version. */
export interface ResponseTarget {
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
  head(status: number, headers: Record<string, string | string[]>, endsHere: boolean): void;
  /** False: wait for `onDrain`. */
  write(bytes: Uint8Array): boolean;
  end(bytes?: Uint8Array): void;
  onDrain(callback: () => void): void;
  destroy(): void;
}

/** Chunks are joined up to this size: one write each costs more than a copy. */
const writeSize = 128 * 1024;

export function sendResponse({ status, headers, body }: ApiResponse, target: ResponseTarget, headOnly = false): void {
  switch (body.form) {
    case "bytes":
      headers["content-length"] = String(body.bytes.length);
      target.head(status, headers, headOnly);
      if (!headOnly) target.end(body.bytes);
      return;
    case "chunks":
      headers["content-length"] = String(body.length);
      target.head(status, headers, headOnly);
      if (!headOnly) sendChunks(body.chunks, body.length, target);
      return;
    case "stream": {
      target.head(status, headers, headOnly);
      if (headOnly) return;
      let stream: OpenStream | undefined;
      target.onDrain(() => stream?.drained());
      stream = body.open({ write: (frames) => target.write(concat(frames)), end: () => target.end() });
      if (target.signal.aborted) stream.close();
      else target.signal.addEventListener("abort", () => stream?.close(), { once: true });
      return;
    }
    case "source":
      target.head(status, headers, headOnly);
      if (!headOnly) pipe(body.source, target).catch(() => target.destroy());
      return;
    case "object":
      sendResponse({ status, headers, body: { form: "bytes", bytes: utf8(JSON.stringify(body.object)) } }, target, headOnly);
      return;
    case "none":
      target.head(status, headers, true);
      return;
    case "events":
      throw new Error("a watch of objects was sent over HTTP");
  }
}

function sendChunks(chunks: readonly Uint8Array[], length: number, target: ResponseTarget): void {
  if (length <= writeSize) {
    target.end(concat(chunks, length));
    return;
  }
  let next = 0;
  let waiting = false;
  const pump = () => {
    waiting = false;
    while (next < chunks.length && !target.signal.aborted) {
      const start = next;
      let size = 0;
      while (next < chunks.length && size < writeSize) size += (chunks[next++] as Uint8Array).length;
      const piece = concat(chunks.slice(start, next), size);
      if (next === chunks.length) {
        target.end(piece);
        return;
      }
      if (!target.write(piece)) {
        waiting = true;
        return;
      }
    }
  };
  target.onDrain(() => {
    if (waiting) pump();
  });
  pump();
}

async function pipe(source: AsyncIterable<Uint8Array>, target: ResponseTarget): Promise<void> {
  let drained: (() => void) | undefined;
  target.onDrain(() => drained?.());
  target.signal.addEventListener("abort", () => drained?.(), { once: true });
  for await (const bytes of source) {
    if (target.signal.aborted) return;
    if (target.write(bytes)) continue;
    await new Promise<void>((resolve) => {
      drained = resolve;
    });
    drained = undefined;
  }
  target.end();
}

/** The answer to a request that is refused before the API server sees it. */
export function refusalOf(error: StatusError): ApiResponse {
  return {
    status: error.code,
    headers: { "content-type": "application/json" },
    body: { form: "bytes", bytes: utf8(JSON.stringify(error.status)) },
  };
}
