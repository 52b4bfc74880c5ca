import { AssertionError } from "node:assert";
import type { AnyObject, KubeObject } from "../machinery/object.ts";
import type { ClusterObject } from "./cluster-object.ts";
import { type ExpectedEvent, type MatcherResult, matchers } from "./matchers.ts";

/** The matchers as plain functions, for node:test and others: they reject with an `AssertionError`. */
export const assertions = {
  async ready(object: ClusterObject): Promise<void> {
    check(await matchers.toBeReady(object), assertions.ready);
  },
  async hasCondition(object: ClusterObject, type: string, status: "True" | "False" | "Unknown" = "True", reason?: string): Promise<void> {
    check(await matchers.toHaveCondition(object, type, status, reason), assertions.hasCondition);
  },
  async hasEvent(object: ClusterObject, event: string | ExpectedEvent): Promise<void> {
    check(await matchers.toHaveEvent(object, event), assertions.hasEvent);
  },
  async equalsManifest(object: ClusterObject, manifest: AnyObject | KubeObject): Promise<void> {
    check(await matchers.toEqualManifest(object, manifest), assertions.equalsManifest);
  },
};

function check({ pass, message }: MatcherResult, stackStartFn: unknown): void {
  if (!pass) throw new AssertionError({ message: message(), stackStartFn: stackStartFn as () => void });
}
