import { notFound } from "../../machinery/errors.ts";
import type { Entry } from "../../storage/store.ts";
import { keyOfServed } from "../catalog.ts";
import type { Call, ServerContext } from "../context.ts";
import type { ApiResponse } from "../request.ts";
import { answerEntry } from "../respond.ts";
import { parseRevision, tooLargeRevision } from "./list-options.ts";

export function get(server: ServerContext, call: Call): ApiResponse | Promise<ApiResponse> {
  const text = call.request.query.get("resourceVersion");
  if (text === "0") return answerEntry(server, call, 200, readEntry(server, call));
  if (text) {
    const revision = parseRevision(text, !call.resource.definition.behaviour.isUncached);
    if (revision > server.store.revision) throw tooLargeRevision(call.resource, revision, server.store.revision);
  }
  if (server.options.localReads) return answerEntry(server, call, 200, readEntry(server, call));
  return server.store.whenCurrent(call.request).then(() => answerEntry(server, call, 200, readEntry(server, call)));
}

function readEntry(server: ServerContext, call: Call): Entry {
  const entry = server.store.root().get(keyOfServed(call.resource, call.namespace, call.name));
  if (!entry) throw notFound(call.resource.definition, call.name);
  return entry;
}
