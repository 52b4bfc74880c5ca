import type { LegacyKind } from "./legacy-kind.ts";

type Fields = Record<string, unknown>;

/** No limit at all, in fields that had none by default. */
const unlimited = 2147483647;

/** What a version set where the manifest says nothing, other than today. */
interface OldDefaults {
  /** The selector and the object's own labels come from the template's labels. */
  fromTemplate?: boolean;
  spec?: Fields;
  rollingUpdate?: Fields;
  /** The field of the spec that holds the strategy. */
  strategy?: "strategy" | "updateStrategy";
  strategyType?: string;
}

const apps = { group: "apps", version: "v1" };

function workload(kind: string, served: { group: string; version: string }, old: OldDefaults = {}): LegacyKind {
  return {
    kind,
    resource: `${kind.toLowerCase()}s`,
    singular: kind.toLowerCase(),
    served,
    toServed(body, { warn }) {
      const spec = (body.spec ?? {}) as Fields;
      body.spec = spec;
      // Gone since; kept only as the marks of what it once was.
      delete spec.templateGeneration;
      const job = (spec.jobTemplate as Fields | undefined)?.spec as Fields | undefined;
      const template = (job ?? spec).template as Fields | undefined;
      const at = job ? "spec.jobTemplate.spec.template.spec" : "spec.template.spec";
      const labels = (template?.metadata as Fields | undefined)?.labels as Record<string, string> | undefined;
      if (old.fromTemplate && labels) {
        spec.selector ??= { matchLabels: { ...labels } };
        body.metadata ??= {};
        if (Object.keys(body.metadata.labels ?? {}).length === 0) body.metadata.labels = { ...labels };
      }
      properRestartPolicy(template?.spec as Fields | undefined, at, warn);
      for (const name in old.spec) spec[name] ??= old.spec[name];
      if (old.strategy) {
        const strategy = (spec[old.strategy] ?? {}) as Fields;
        strategy.type ??= old.strategyType ?? "RollingUpdate";
        if (strategy.type === "RollingUpdate" && old.rollingUpdate)
          strategy.rollingUpdate = { ...old.rollingUpdate, ...(strategy.rollingUpdate as Fields) };
        spec[old.strategy] = strategy;
      }
      return body;
    },
  };
}

const restartPolicies = ["Always", "OnFailure", "Never"];

function properRestartPolicy(spec: Fields | undefined, at: string, warn: (text: string) => void): void {
  const policy = spec?.restartPolicy;
  if (!spec || typeof policy !== "string" || restartPolicies.includes(policy)) return;
  const proper = restartPolicies.find((name) => name.toLowerCase() === policy.toLowerCase());
  if (proper === undefined) return;
  spec.restartPolicy = proper;
  warn(`${at}.restartPolicy: ${JSON.stringify(policy)} is taken as ${JSON.stringify(proper)}`);
}

const oldRollingUpdate = { maxSurge: 1, maxUnavailable: 1 };

export const extensionsWorkloads: readonly LegacyKind[] = [
  workload("Deployment", apps, {
    fromTemplate: true,
    spec: { progressDeadlineSeconds: unlimited, revisionHistoryLimit: unlimited },
    strategy: "strategy",
    rollingUpdate: oldRollingUpdate,
  }),
  workload("ReplicaSet", apps, { fromTemplate: true }),
  workload("DaemonSet", apps, { fromTemplate: true, strategy: "updateStrategy", strategyType: "OnDelete" }),
];

export const appsV1beta1Workloads: readonly LegacyKind[] = [
  workload("Deployment", apps, { fromTemplate: true, spec: { revisionHistoryLimit: 2 } }),
  workload("StatefulSet", apps, { fromTemplate: true, strategy: "updateStrategy", strategyType: "OnDelete" }),
];

export const appsV1beta2Workloads: readonly LegacyKind[] = [
  workload("Deployment", apps),
  workload("ReplicaSet", apps),
  workload("DaemonSet", apps),
  workload("StatefulSet", apps),
];

export const batchV1beta1Kinds: readonly LegacyKind[] = [workload("CronJob", { group: "batch", version: "v1" })];
