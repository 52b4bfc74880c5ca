import { readFileSync } from "node:fs";
import type { Http } from "../http.ts";
import { Normaliser } from "../normalise.ts";
import { auditRequests } from "./requests.ts";

/** What the log tells of one request: an event each, without what differs between two runs. */
export type EventsOfRequest = readonly { order: readonly string[]; event: unknown }[];

/** Asks all requests, and gives what an audit log tells of each. */
export async function auditedEvents(http: Http, token: string, logFile: string): Promise<Record<string, EventsOfRequest>> {
  const requests = auditRequests(token);
  const before = readFileSync(logFile).length;
  for (const request of requests) await http.ask(request);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const normaliser = new Normaliser(Date.now());
  const byId = new Map<string, { order: string[]; event: unknown }[]>(requests.map(({ id }) => [id, []]));
  for (const line of readFileSync(logFile).subarray(before).toString().split("\n")) {
    if (line === "") continue;
    const event = JSON.parse(line) as { auditID: string };
    byId.get(event.auditID)?.push({ order: Object.keys(event), event: normaliser.tree(event) });
  }
  return Object.fromEntries(requests.map(({ id, method, path }) => [`${id} ${method} ${path}`, byId.get(id) ?? []]));
}
