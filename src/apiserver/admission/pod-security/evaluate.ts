import { baselineChecks } from "./baseline-checks.ts";
import type { Check, CheckedPod, Violation } from "./check.ts";
import type { LevelVersion } from "./policy.ts";
import { restrictedChecks } from "./restricted-checks.ts";

/** Versions that aren't known yet are as the latest that is. */
const newestMinor = 36;

/** Tells in what pods are not as a level of the Pod Security Standards wants them. */
export class PodSecurityEvaluator {
  readonly #checks = new Map<string, readonly Check[]>();

  /** All complaints, in upstream's order; none when the level takes the pod. */
  evaluate(wanted: LevelVersion, pod: CheckedPod): Violation[] {
    if (wanted.level === "privileged") return [];
    const violations: Violation[] = [];
    for (const { check } of this.#checksOf(wanted)) {
      const violation = check(pod);
      if (violation) violations.push(violation);
    }
    return violations;
  }

  #checksOf({ level, minor }: LevelVersion): readonly Check[] {
    const known = Math.min(minor, newestMinor);
    const key = `${level} ${known}`;
    let checks = this.#checks.get(key);
    if (!checks) {
      const baseline = asOf(baselineChecks, known);
      const restricted = level === "restricted" ? asOf(restrictedChecks, known) : [];
      const overridden = new Set(restricted.map(({ overrides }) => overrides));
      checks = [...baseline.filter(({ id }) => !overridden.has(id)), ...restricted];
      this.#checks.set(key, checks);
    }
    return checks;
  }
}

/** The checks as they were in a version: the last of each id that was there then. */
function asOf(checks: readonly Check[], minor: number): Check[] {
  const found = new Map<string, Check>();
  for (const check of checks) if (check.since <= minor) found.set(check.id, check);
  return [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** `host namespaces, privileged` */
export function reasonsText(violations: readonly Violation[]): string {
  return violations.map(({ reason }) => reason).join(", ");
}

/** `host namespaces (hostNetwork=true), privileged (container "a" must not set securityContext.privileged=true)` */
export function detailsText(violations: readonly Violation[]): string {
  return violations.map(({ reason, detail }) => `${reason} (${detail})`).join(", ");
}
