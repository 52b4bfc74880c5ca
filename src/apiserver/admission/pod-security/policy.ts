import { type FieldError, field, path } from "../../../machinery/errors.ts";

export type Level = "privileged" | "baseline" | "restricted";

/** A level of the standards as a version of Kubernetes had it; the minor number, infinite for the latest. */
export interface LevelVersion {
  level: Level;
  minor: number;
}

export interface Policy {
  enforce: LevelVersion;
  audit: LevelVersion;
  warn: LevelVersion;
}

const levels: readonly Level[] = ["privileged", "baseline", "restricted"];
const prefix = "pod-security.kubernetes.io/";
const latest = Number.POSITIVE_INFINITY;

/** What a namespace without labels is held to. */
export const laxest: Policy = {
  enforce: { level: "privileged", minor: latest },
  audit: { level: "privileged", minor: latest },
  warn: { level: "privileged", minor: latest },
};

/** Throws where the text names no level; `where` says whose it is. */
export function parseLevel(text: string, where: string): Level {
  const known = levels.find((one) => one === text);
  if (known) return known;
  throw new Error(`${where}: Invalid value: ${JSON.stringify(text)}: must be one of ${levels.join(", ")}`);
}

/** The minor number; throws where the text is no version. */
export function parseVersion(text: string, where: string): number {
  const minor = minorOf(text);
  if (minor !== undefined) return minor;
  throw new Error(`${where}: Invalid value: ${JSON.stringify(text)}: must be "latest" or "v1.x"`);
}

function minorOf(version: string): number | undefined {
  const minor = /^v1\.(0|[1-9][0-9]*)$/.exec(version)?.[1];
  return minor !== undefined ? Number(minor) : version === "latest" ? latest : undefined;
}

export function formatLevel({ level, minor }: LevelVersion): string {
  return `${level}:${minor === latest ? "latest" : `v1.${minor}`}`;
}

/** Negative, zero or positive: the first is laxer than, as strict as, stricter than the second. */
export function compareLevels(a: Level, b: Level): number {
  return levels.indexOf(a) - levels.indexOf(b);
}

/** `enforce=baseline:latest, audit=restricted:v1.25`: the parts of a policy of which the labels say something. */
export function labelledParts(policy: Policy, labels: Readonly<Record<string, string>> = {}): string {
  const says = (name: string) => Object.hasOwn(labels, prefix + name);
  const parts = (["enforce", "audit", "warn"] as const).filter(
    (mode) => policy[mode].level !== "privileged" && (says(mode) || says(`${mode}-version`)),
  );
  return parts.map((mode) => `${mode}=${formatLevel(policy[mode])}`).join(", ");
}

/** The policy that a namespace's labels say over the defaults, with what is wrong with them. */
export function policyOf(labels: Readonly<Record<string, string>> | undefined, defaults: Policy): { policy: Policy; errors: FieldError[] } {
  const errors: FieldError[] = [];
  const policy: Policy = { enforce: { ...defaults.enforce }, audit: { ...defaults.audit }, warn: { ...defaults.warn } };
  if (!labels) return { policy, errors };
  const given = { enforce: false, audit: false, warn: false };
  for (const mode of ["enforce", "audit", "warn"] as const) {
    const level = labels[`${prefix}${mode}`];
    if (level !== undefined) {
      const known = levels.find((one) => one === level);
      given[mode] = known !== undefined;
      if (known) policy[mode].level = known;
      else {
        // What is only told is told nothing then; what is enforced is enforced to the full.
        policy[mode].level = mode === "enforce" ? "restricted" : "privileged";
        complain(errors, mode, level, `must be one of ${levels.join(", ")}`);
      }
    }
    const version = labels[`${prefix}${mode}-version`];
    if (version !== undefined) {
      const minor = minorOf(version);
      policy[mode].minor = minor ?? latest;
      if (minor === undefined) complain(errors, `${mode}-version`, version, 'must be "latest" or "v1.x"');
    }
  }
  for (const mode of ["audit", "warn"] as const) {
    if (given[mode] || !given.enforce || compareLevels(policy.enforce.level, policy[mode].level) <= 0) continue;
    // Who enforces hears of it too.
    policy[mode].level = policy.enforce.level;
    if (labels[`${prefix}${mode}-version`] === undefined) policy[mode].minor = policy.enforce.minor;
  }
  return { policy, errors };
}

function complain(errors: FieldError[], name: string, value: string, detail: string): void {
  errors.push(field.invalid(path("metadata", "labels").key(`${prefix}${name}`), value, detail));
}
