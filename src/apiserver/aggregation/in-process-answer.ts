import type { ApiResponse, OpenStream, Sink, WatchEventObject } from "../request.ts";

/** An answer of another server as clients in this process have it: objects, or the events of a watch. */
export async function inProcessAnswer({ status, body }: ApiResponse, isWatch: boolean): Promise<ApiResponse> {
  if (body.form !== "source") return { status, headers: {}, body };
  if (isWatch && status === 200) {
    const { source } = body;
    return { status, headers: {}, body: { form: "events", open: (sink) => new EventReader(source, sink) } };
  }
  let text = "";
  for await (const part of decoded(body.source)) text += part;
  return { status, headers: {}, body: { form: "object", object: objectOf(text, status) } };
}

function objectOf(text: string, code: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A proxy's plain word.
    return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message: text.trim(), reason: "", code };
  }
}

async function* decoded(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const bytes of source) yield decoder.decode(bytes, { stream: true });
}

/** Reads a watch, a line an event, no faster than the sink takes them. */
class EventReader implements OpenStream {
  readonly #sink: Sink<WatchEventObject>;
  readonly #lines: AsyncGenerator<string>;
  #closed = false;
  #resume: (() => void) | undefined;

  constructor(source: AsyncIterable<Uint8Array>, sink: Sink<WatchEventObject>) {
    this.#sink = sink;
    this.#lines = linesOf(source);
    // A connection that breaks ends the watch, as any other does.
    this.#read().catch(() => this.#end());
  }

  drained(): void {
    this.#resume?.();
  }

  close(): void {
    this.#closed = true;
    this.#resume?.();
    void this.#lines.return(undefined);
  }

  async #read(): Promise<void> {
    for await (const line of this.#lines) {
      if (this.#closed) return;
      if (this.#sink.write([JSON.parse(line) as WatchEventObject])) continue;
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
      });
    }
    this.#end();
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#sink.end();
  }
}

async function* linesOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let held = "";
  for await (const part of decoded(source)) {
    const lines = (held + part).split("\n");
    held = lines.pop() as string;
    for (const line of lines) if (line !== "") yield line;
  }
}
