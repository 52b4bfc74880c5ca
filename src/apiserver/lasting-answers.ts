/** Answers that last (watches, logs, connections that were handed over): who waits for their end is told of it. */
import type { AuditedRequest } from "./audit/audited-request.ts";
import { type ApiResponse, noBody, type OpenStream, type Sink } from "./request.ts";

/** Tells of the answer; of one that lasts when it begins and when it ends. */
export function told(audited: AuditedRequest, response: ApiResponse, lasts: boolean): ApiResponse {
  if (!lasts) {
    audited.responseComplete(response);
    return response;
  }
  audited.responseStarted(response);
  return untilItEnds(response, () => audited.responseComplete(response));
}

/** The connection is another program's from now on, until it ends. */
export function tellUpgraded(audited: AuditedRequest, signal: AbortSignal | undefined): void {
  const response: ApiResponse = { status: 101, headers: {}, body: noBody };
  audited.responseStarted(response);
  whenEnded(signal, () => audited.responseComplete(response));
}

export function whenEnded(signal: AbortSignal | undefined, ended: () => void): void {
  if (signal === undefined || signal.aborted) ended();
  else signal.addEventListener("abort", ended, { once: true });
}

/** The answer, and `ended` called with its bytes when its stream is over; at once when it has none. */
export function untilItEnds(response: ApiResponse, ended: (bytes: number | undefined) => void): ApiResponse {
  const { body } = response;
  if (body.form === "stream") return { ...response, body: { form: "stream", open: (sink) => watched(body.open, sink, ended) } };
  if (body.form === "events") {
    const end = () => ended(undefined);
    return { ...response, body: { form: "events", open: (sink) => watched(body.open, sink, end) } };
  }
  ended(lengthOf(response));
  return response;
}

/** Undefined where the bytes aren't in memory. */
export function lengthOf({ body }: ApiResponse): number | undefined {
  if (body.form === "none") return 0;
  return body.form === "bytes" ? body.bytes.length : body.form === "chunks" ? body.length : undefined;
}

function watched<T>(open: (sink: Sink<T>) => OpenStream, sink: Sink<T>, ended: (bytes: number) => void): OpenStream {
  let bytes = 0;
  let isOver = false;
  const end = () => {
    if (!isOver) ended(bytes);
    isOver = true;
  };
  const stream = open({
    write(items) {
      for (const item of items) if (item instanceof Uint8Array) bytes += item.length;
      return sink.write(items);
    },
    end() {
      end();
      sink.end();
    },
  });
  return {
    drained: () => stream.drained(),
    close() {
      end();
      stream.close();
    },
  };
}
