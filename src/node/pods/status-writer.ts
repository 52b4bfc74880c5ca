import { findCondition } from "../../api/core/pod-status.ts";
import type { Pod, PodCondition, PodStatus } from "../../api/core/v1.ts";
import { pods } from "../../api/refs.ts";
import type { Client } from "../../client/client.ts";
import { type Clock, pause } from "../../machinery/clock.ts";
import { isConflict, isNotFound } from "../../machinery/errors.ts";
import type { Logger } from "../../machinery/logger.ts";
import { deepEqual, keyOf, nameOf, namespaceOf, uidOf } from "../../machinery/object.ts";
import { agentConditions } from "./status-summary.ts";

const retryMilliseconds = 500;
const maxRetryMilliseconds = 10_000;

/** Fields that are taken out of a status again when the agent no longer has them. */
const clearable = [
  "message",
  "reason",
  "nominatedNodeName",
  "initContainerStatuses",
  "ephemeralContainerStatuses",
  "containerStatuses",
] as const;

/** These lists merge by address: without a word an old address would stay beside the new one. */
const replaced: readonly string[] = ["podIPs", "hostIPs"];

/** Conditions that are there only while they hold. */
const passing: readonly string[] = ["PodResizePending", "PodResizeInProgress"];

interface Entry {
  /** The latest object of the pod. */
  pod: Pod;
  /** What is to be written; the last one wins. */
  wanted: PodStatus | undefined;
  /** What the server made of the last write, and when; what was sent too, where the server made something else of it. */
  written: { stored: PodStatus; version: number; sent?: PodStatus } | undefined;
  sending: Promise<void> | undefined;
  /** What is on its way to the server. */
  underWay: PodStatus | undefined;
  /** The server has no such pod any more. */
  gone: boolean;
}

export interface StatusWriterOptions {
  client: Client;
  clock: Clock;
  logger: Logger;
  /** Ends the tries to write. */
  signal: AbortSignal;
  /** A status is written when nothing else is left to do at its moment: where containers start in no time, most say nothing for long. */
  whenAtRest?: boolean;
}

/**
 * Tells the server of pods' statuses, in the background: containers don't wait for it, and go on when it is away. For each pod
 * the latest status goes out as soon as the one before has arrived, and only what differs from what the server has.
 */
export class StatusWriter {
  readonly #options: StatusWriterOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: StatusWriterOptions) {
    this.#options = options;
  }

  /** The pod with its status as the server has it or will have it soon. Others' changes to it show. */
  current(pod: Pod): Pod {
    const entry = this.#entries.get(uidOf(pod));
    if (!entry) return pod;
    const stored = storedStatus(entry, pod);
    const { wanted } = entry;
    if (!wanted) return stored === pod.status ? pod : { ...pod, status: stored };
    const others = (stored.conditions ?? []).filter(({ type }) => !agentConditions.includes(type));
    const { message: _, reason: __, ...rest } = stored;
    return { ...pod, status: { ...rest, ...wanted, conditions: [...others, ...(wanted.conditions ?? [])] } };
  }

  /** Writes the status unless the server has it already. Conditions that it leaves out stay as they are. */
  set(pod: Pod, status: PodStatus): void {
    const uid = uidOf(pod);
    let entry = this.#entries.get(uid);
    if (!entry) {
      entry = { pod, wanted: undefined, written: undefined, sending: undefined, underWay: undefined, gone: false };
      this.#entries.set(uid, entry);
    }
    entry.pod = pod;
    if (entry.gone) return;
    if (entry.wanted) {
      entry.wanted = status;
      return;
    }
    const { written } = entry;
    const stored = storedStatus(entry, pod);
    // Whether there is anything to write at first is found out when it is written.
    if (written && !changesOf(stored, status)) return;
    if (written?.sent && deepEqual(written.sent, status) && deepEqual(stored, written.stored)) return;
    entry.wanted = status;
    const sending = this.#send(entry).finally(() => {
      if (entry.sending === sending) entry.sending = undefined;
    });
    entry.sending = sending;
  }

  /** Whether the object is what the server made of the agent's own last write, whose answer may come after it. */
  isOwnWrite(pod: Pod): boolean {
    const { written, underWay } = this.#entries.get(uidOf(pod)) ?? {};
    if (written?.version === versionOf(pod)) return true;
    return underWay !== undefined && !changesOf(pod.status ?? {}, underWay);
  }

  /** Resolves when the server has the pod's latest status, or the pod is gone there. Rejects when the agent stops first. */
  async flush(uid: string): Promise<void> {
    const entry = this.#entries.get(uid);
    await entry?.sending;
    if (entry?.wanted) this.#options.signal.throwIfAborted();
  }

  forget(uid: string): void {
    this.#entries.delete(uid);
  }

  /** Resolves when no write is under way any more. */
  async stop(): Promise<void> {
    await Promise.all([...this.#entries.values()].map((entry) => entry.sending));
  }

  async #send(entry: Entry): Promise<void> {
    const { clock, logger, signal, whenAtRest } = this.#options;
    let delay = retryMilliseconds;
    while (entry.wanted && !signal.aborted) {
      if (whenAtRest) await new Promise<void>((resolve) => clock.setTimeout(resolve, 0));
      const sent = entry.wanted;
      try {
        await this.#write(entry, sent);
        if (entry.wanted === sent) entry.wanted = undefined;
        delay = retryMilliseconds;
      } catch (error) {
        if (signal.aborted) return;
        // Another pod of the same name may have taken the place: its UID is what the patch conflicts with.
        if (isNotFound(error) || isConflict(error)) {
          entry.gone = true;
          entry.wanted = undefined;
          return;
        }
        logger.warn("a pod's status could not be written; it is tried again", { pod: keyOf(entry.pod), error });
        await pause(clock, delay, signal);
        delay = Math.min(delay * 2, maxRetryMilliseconds);
      }
    }
  }

  async #write(entry: Entry, status: PodStatus): Promise<void> {
    const { pod } = entry;
    const stored = storedStatus(entry, pod);
    const changes = changesOf(stored, status);
    if (!changes) {
      entry.written = { stored, version: versionOf(pod) };
      return;
    }
    entry.underWay = status;
    try {
      const answer = await this.#options.client.patch(
        pods,
        nameOf(pod),
        { type: "application/strategic-merge-patch+json", body: { metadata: { uid: uidOf(pod) }, status: changes } },
        { namespace: namespaceOf(pod), subresource: "status", signal: this.#options.signal },
      );
      const { status: made = {} } = answer;
      entry.written = { stored: made, version: versionOf(answer), ...(changesOf(made, status) ? { sent: status } : {}) };
      entry.pod = answer;
    } finally {
      entry.underWay = undefined;
    }
  }
}

/** What the server has: the answer to the last write, until an object comes that is newer. */
function storedStatus({ written }: Entry, pod: Pod): PodStatus {
  return written && versionOf(pod) <= written.version ? written.stored : (pod.status ?? {});
}

function versionOf(pod: Pod): number {
  return Number(pod.metadata.resourceVersion ?? 0);
}

/** The patch that makes the stored status the wanted one; undefined when nothing differs. */
function changesOf(stored: PodStatus, wanted: PodStatus): Record<string, unknown> | undefined {
  const changes: Record<string, unknown> = {};
  for (const field in wanted) {
    const value = wanted[field as keyof PodStatus];
    if (field === "conditions") {
      const changed: Record<string, unknown>[] = [];
      for (const condition of value as PodCondition[]) {
        const present = findCondition(stored.conditions, condition.type);
        // Conditions merge by type: what one no longer says must be taken out by name.
        const dropped = present ? droppedOf(present, condition) : [];
        if (present && dropped.length === 0 && isTold(present, condition)) continue;
        changed.push({ ...condition, ...Object.fromEntries(dropped.map((key) => [key, null])) });
      }
      for (const { type } of stored.conditions ?? []) {
        if (passing.includes(type) && !findCondition(wanted.conditions, type)) changed.push({ $patch: "delete", type });
      }
      if (changed.length > 0) changes.conditions = changed;
    } else if (!deepEqual(stored[field as keyof PodStatus], value)) {
      changes[field] = replaced.includes(field) ? [...(value as unknown[]), { $patch: "replace" }] : value;
    }
  }
  for (const field of clearable) if (stored[field] !== undefined && wanted[field] === undefined) changes[field] = null;
  return Object.keys(changes).length > 0 ? changes : undefined;
}

function isTold(stored: PodCondition, wanted: PodCondition): boolean {
  for (const key in wanted) {
    const field = key as keyof PodCondition;
    if (stored[field] !== wanted[field]) return false;
  }
  return true;
}

/** Fields of a condition that has them no more. The server tells a time that was never given as null. */
function droppedOf(stored: PodCondition, wanted: PodCondition): string[] {
  return Object.keys(stored).filter((key) => key !== "lastProbeTime" && wanted[key as keyof PodCondition] === undefined);
}
