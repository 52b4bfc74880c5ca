import { field, path } from "../../machinery/errors.ts";
import type { Errors } from "../validation.ts";
import { validateTaints } from "./affinity-validation.ts";
import { readAnnotation, withLowerCase } from "./annotation-json.ts";
import type { Node, Taint } from "./v1.ts";

const taintsKey = "scheduler.alpha.kubernetes.io/taints";
const avoidPodsKey = "scheduler.alpha.kubernetes.io/preferAvoidPods";
const at = path("metadata", "annotations");

/** Annotations that were fields of nodes once, and are held to what they hold: nothing acts on them. */
export function validateNodeAnnotations(errors: Errors, { metadata }: Readonly<Node>): void {
  const taintsText = metadata.annotations?.[taintsKey];
  if (taintsText) {
    const { value, fault } = readAnnotation(taintsText, "[]core.Taint");
    if (fault !== undefined) errors.push(field.invalid(at, taintsKey, fault));
    else validateTaints(errors, (value as object[]).map(withLowerCase) as unknown as Taint[], at.child(taintsKey));
  }
  const avoidText = metadata.annotations?.[avoidPodsKey];
  if (!avoidText) return;
  const { value, fault } = readAnnotation(avoidText, "v1.AvoidPods");
  if (fault !== undefined) errors.push(field.invalid(at.child("AvoidPods"), avoidPodsKey, fault));
  else validateAvoidPods(errors, (value as { preferAvoidPods?: AvoidPodsEntry[] }).preferAvoidPods ?? []);
}

interface AvoidPodsEntry {
  podSignature?: { podController?: { controller?: boolean } };
}

function validateAvoidPods(errors: Errors, entries: readonly AvoidPodsEntry[]): void {
  for (const [index, entry] of entries.entries()) {
    const signature = at.child(avoidPodsKey).index(index).child("PodSignature");
    const controller = entry.podSignature?.podController;
    if (!controller) errors.push(field.required(signature));
    else if (!controller.controller) {
      errors.push(field.invalid(signature.child("PodController", "Controller"), false, "must point to a controller"));
    }
  }
}
