import type { Event } from "../api/core/v1.ts";
import type { AnyObject, KubeObject } from "../machinery/object.ts";
import type { ClusterObject } from "./cluster-object.ts";
import { type Condition, conditionText } from "./conditions.ts";

/** An event as `toHaveEvent` looks for it: what is absent may be anything. */
export interface ExpectedEvent {
  reason?: string;
  type?: "Normal" | "Warning";
  message?: string | RegExp;
}

/** What a matcher tells the test runner. */
export interface MatcherResult {
  pass: boolean;
  message(): string;
}

/** What `expect.extend(matchers)` adds, for what `cluster.object(…)` gives. All of them are awaited. */
export interface KubernetesMatchers {
  /** As `until` with `ready` means it, at this moment: `await expect(cluster.object("deployment/web")).toBeReady()`. */
  toBeReady(): Promise<void>;
  /** Has a condition of this type, True unless told, for this reason if told. */
  toHaveCondition(type: string, status?: "True" | "False" | "Unknown", reason?: string): Promise<void>;
  /** Has been told of in an event of this reason, type and message. */
  toHaveEvent(event: string | ExpectedEvent): Promise<void>;
  /** Is as the manifest says; fields that the API server fills in by itself don't count. */
  toEqualManifest(manifest: KubeObject | AnyObject): Promise<void>;
}

/** For `expect` of Vitest and Jest: `expect.extend(matchers)`. */
export const matchers = {
  toBeReady: (received: unknown) => judged(received, "ready"),

  async toHaveCondition(received: unknown, type: string, status = "True", reason?: string): Promise<MatcherResult> {
    const object = objectOf(received);
    const has = (each: { type: string; status: string; reason?: string }) =>
      each.type === type && each.status === status && (reason === undefined || each.reason === reason);
    const conditions = (
      (object.read()?.status as { conditions?: { type: string; status: string; reason?: string }[] })?.conditions ?? []
    ).some(has);
    const wanted = `condition ${type}=${status}${reason === undefined ? "" : ` (${reason})`}`;
    return await result(object, conditions, `has ${wanted}`, object.judge(`${type}=${status}`).reason);
  },

  async toHaveEvent(received: unknown, event: string | ExpectedEvent): Promise<MatcherResult> {
    const object = objectOf(received);
    const wanted: ExpectedEvent = typeof event === "string" ? { reason: event } : event;
    const found = (await object.events()).some((each) => isSuch(each, wanted));
    const { message } = wanted;
    const parts = [
      wanted.type,
      wanted.reason,
      message && `with message ${typeof message === "string" ? JSON.stringify(message) : message}`,
    ];
    return await result(object, found, `has an event ${parts.filter((part) => part).join(" ")}`, "there is no such event");
  },

  async toEqualManifest(received: unknown, manifest: KubeObject | AnyObject): Promise<MatcherResult> {
    const object = objectOf(received);
    const differences = await object.differences(manifest as AnyObject);
    const message = differences.map((difference) => `\n  ${difference}`).join("");
    return {
      pass: differences.length === 0,
      message: () =>
        differences.length === 0 ? `${object.title} is as the manifest says` : `${object.title} is not as the manifest says:${message}`,
    };
  },
};

async function judged(received: unknown, condition: Condition): Promise<MatcherResult> {
  const object = objectOf(received);
  const { holds, reason } = object.judge(condition);
  return await result(object, holds, `is ${conditionText(condition)}`, reason);
}

/** The message tells what a person would look at next. */
async function result(object: ClusterObject, pass: boolean, says: string, reason: string): Promise<MatcherResult> {
  if (pass) return { pass, message: () => `expected that ${object.title} not ${says}` };
  const trouble = await object.trouble();
  return { pass, message: () => `expected that ${object.title} ${says}: ${reason}${trouble ? `\n${trouble}` : ""}` };
}

function objectOf(received: unknown): ClusterObject {
  if (typeof received === "object" && received !== null && "judge" in received && "trouble" in received) return received as ClusterObject;
  throw new TypeError(`these matchers are for what cluster.object("KIND/NAME") gives`);
}

function isSuch(event: Event, { reason, type, message }: ExpectedEvent): boolean {
  if (reason !== undefined && event.reason !== reason) return false;
  if (type !== undefined && event.type !== type) return false;
  if (message === undefined) return true;
  return typeof message === "string" ? event.message === message : message.test(event.message ?? "");
}
