import type { Event, Pod } from "../api/core/v1.ts";
import { events as eventsRef, pods as podsRef, replicasets as replicasetsRef } from "../api/refs.ts";
import type { Client } from "../client/client.ts";
import { ageOf } from "../machinery/duration.ts";
import { type AnyObject, controllerOf, type KubeObject, nameOf, namespaceOf, uidOf } from "../machinery/object.ts";
import { conditionsOf, podReason, statusOf } from "./conditions.ts";

const mostEvents = 10;
const mostPods = 5;

/** What a person would look at next: an object's conditions, its pods and why they aren't ready, and the events about all of these. */
export async function troubleText(client: Client, object: AnyObject, now: number): Promise<string> {
  const lines: string[] = [];
  const conditions = conditionsOf(object);
  if (conditions.length > 0) {
    lines.push("conditions:");
    for (const { type, status, reason, message } of conditions)
      lines.push(`  ${type}=${status}${reason ? ` ${reason}` : ""}${message ? `: ${message}` : ""}`);
  }
  const namespace = namespaceOf(object);
  const owned = namespace ? await podsOf(client, object) : [];
  if (owned.length > 0) {
    lines.push("pods:");
    for (const pod of owned.slice(0, mostPods)) {
      const any = pod as unknown as AnyObject;
      const reason = podReason(any);
      lines.push(`  ${nameOf(pod)} ${statusOf(any).phase ?? ""}${reason ? `: ${reason}` : ""}`);
    }
    if (owned.length > mostPods) lines.push(`  and ${owned.length - mostPods} more`);
  }
  const told = await eventsAbout(client, [object, ...owned]);
  if (told.length > 0) {
    lines.push("events:");
    for (const { lastTimestamp, eventTime, type, reason, message, involvedObject, count = 1 } of told) {
      const about = `${involvedObject.kind?.toLowerCase()}/${involvedObject.name}`;
      lines.push(
        `  ${ageOf(lastTimestamp ?? eventTime, now)} ago ${type} ${reason} ${about}: ${message}${count > 1 ? ` (${count} times)` : ""}`,
      );
    }
  }
  return lines.join("\n");
}

/** The newest events about the objects, oldest first. */
export async function eventsAbout(client: Client, objects: readonly KubeObject[]): Promise<Event[]> {
  const [first] = objects;
  if (!first) return [];
  const namespace = namespaceOf(first) || "default";
  const uids = new Set(objects.map(uidOf));
  const { items } = await client.list(eventsRef, { namespace });
  const time = ({ lastTimestamp, eventTime, metadata }: Event) => lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? "";
  return items
    .filter(
      ({ involvedObject }) =>
        uids.has(involvedObject.uid ?? "") || (involvedObject.uid === undefined && involvedObject.name === nameOf(first)),
    )
    .sort((a, b) => (time(a) < time(b) ? -1 : 1))
    .slice(-mostEvents);
}

/** The pods that an object controls, by way of a replica set too. */
async function podsOf(client: Client, object: AnyObject): Promise<Pod[]> {
  if (object.kind === "Pod") return [];
  const namespace = namespaceOf(object);
  const owners = new Set([uidOf(object)]);
  if (object.kind === "Deployment") {
    const { items } = await client.list(replicasetsRef, { namespace });
    for (const set of items) if (controllerOf(set)?.uid === uidOf(object)) owners.add(uidOf(set));
  }
  const { items } = await client.list(podsRef, { namespace });
  return items.filter((pod) => owners.has(controllerOf(pod)?.uid ?? ""));
}
