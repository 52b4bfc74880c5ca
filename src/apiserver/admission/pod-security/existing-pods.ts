import type { Pod } from "../../../api/core/v1.ts";
import { controllerOf } from "../../../machinery/object.ts";
import type { ObjectReader } from "../../object-reader.ts";
import { type PodSecurityEvaluator, reasonsText } from "./evaluate.ts";
import { formatLevel, type LevelVersion } from "./policy.ts";

/** No more pods are looked at when the level of a namespace changes. */
const maxPods = 3000;

/** What to say of the pods that are in a namespace already when it is to enforce a stricter level. */
export function existingPodWarnings(
  evaluator: PodSecurityEvaluator,
  objects: ObjectReader,
  namespace: string,
  enforce: LevelVersion,
): string[] {
  const all = Array.from(objects.list("pods", namespace), ({ value }) => value as Pod);
  const pods = oneOfEachFirst(all).slice(0, maxPods);
  const found = new Map<string, { first: string; count: number }>();
  for (const { metadata, spec } of pods) {
    if (!spec) continue;
    const text = reasonsText(evaluator.evaluate(enforce, { metadata, spec }));
    if (text === "") continue;
    const known = found.get(text);
    if (known) known.count++;
    else found.set(text, { first: metadata.name ?? "", count: 1 });
  }
  const warnings: string[] = [];
  if (pods.length < all.length) {
    warnings.push(`new PodSecurity enforce level only checked against the first ${pods.length} of ${all.length} existing pods`);
  }
  if (found.size > 0) {
    warnings.push(
      `existing pods in namespace ${JSON.stringify(namespace)} violate the new PodSecurity enforce level ${JSON.stringify(formatLevel(enforce))}`,
    );
  }
  return [...warnings, ...Array.from(found, ([text, { first, count }]) => `${first}${othersText(count - 1)}: ${text}`).sort()];
}

function othersText(others: number): string {
  if (others === 0) return "";
  return others === 1 ? " (and 1 other pod)" : ` (and ${others} other pods)`;
}

/** One pod of each controller comes before its others. */
function oneOfEachFirst(pods: readonly Pod[]): Pod[] {
  const controllers = new Set<string>();
  const first: Pod[] = [];
  const others: Pod[] = [];
  for (const pod of pods) {
    const uid = controllerOf(pod)?.uid;
    if (uid !== undefined && controllers.has(uid)) others.push(pod);
    else first.push(pod);
    if (uid !== undefined) controllers.add(uid);
  }
  return [...first, ...others];
}
