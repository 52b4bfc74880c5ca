import { once } from "node:events";
import type { ServerResponse } from "node:http";

/** Sends a body piece by piece, as fast as the client takes it. */
export async function sendPieces(pieces: AsyncIterable<Buffer>, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  for await (const piece of pieces) {
    if (response.destroyed) return;
    if (response.write(piece)) continue;
    try {
      await once(response, "drain", { signal: gone.signal });
    } catch {
      return; // The client has gone.
    }
  }
  response.end();
}
