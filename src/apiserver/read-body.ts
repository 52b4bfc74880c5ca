import type { OutgoingResponse } from "../machinery/platform.ts";
import { concat } from "./bytes.ts";

/** What another server answered, all of it. Rejects where it is longer. */
export async function readBody({ body }: OutgoingResponse, maxBytes: number, signal?: AbortSignal): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    signal?.throwIfAborted();
    length += chunk.length;
    if (length > maxBytes) throw new Error(`the answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return concat(chunks, length);
}
