import type { Component } from "../../client/client.ts";
import type { EventRecorder } from "../../client/event-recorder.ts";

/** A component of several parts and a recorder; the recorder ends last, so that it hears of all. */
export function withRecorder(recorder: EventRecorder, ...parts: Component[]): Component {
  return {
    async stop() {
      await Promise.all(parts.map((part) => part.stop()));
      await recorder.stop();
    },
  };
}

/**
 * The status without its zeros and empty lists, the form in which the server keeps it, so that the two compare equal. `keep` names
 * the fields that are stored even as zero.
 */
export function compactStatus<S extends object>(status: S, keep: readonly (keyof S)[]): S {
  const compact: Partial<S> = {};
  for (const key in status) {
    const value = status[key];
    if (value === undefined) continue;
    if (!keep.includes(key) && (value === 0 || value === "" || (Array.isArray(value) && value.length === 0))) continue;
    compact[key] = value;
  }
  return compact as S;
}
