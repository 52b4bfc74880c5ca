import { afterEach, expect, it } from "vitest";
import type { Job, JobSpec } from "../../api/batch/v1.ts";
import { jobs, pods } from "../../api/refs.ts";
import { nameOf, uidOf } from "../../machinery/object.ts";
import { WorkloadHarness } from "../workloads/testing/workload-harness.ts";
import { startJobController } from "./job.ts";
import { startTtlAfterFinished } from "./ttl-after-finished.ts";

let harness: WorkloadHarness;
const start = () => {
  harness = new WorkloadHarness(startJobController, startTtlAfterFinished);
  return harness;
};
afterEach(() => harness.stop());

const job = (spec: Partial<JobSpec> = {}): Job => ({
  metadata: { name: "work", namespace: "default" },
  spec: {
    selector: { matchLabels: { job: "work" } },
    template: {
      metadata: { labels: { job: "work" } },
      spec: { restartPolicy: "Never", containers: [{ name: "c", image: "busybox" }] },
    },
    backoffLimit: 6,
    ...(spec.completions === undefined && spec.parallelism === undefined ? { completions: 1 } : {}),
    parallelism: 1,
    completionMode: "NonIndexed",
    suspend: false,
    podReplacementPolicy: "TerminatingOrFailed",
    ...spec,
  },
});
const create = async (spec?: Partial<JobSpec>) => {
  await harness.client.create(jobs, job(spec));
  await harness.rest();
};
const current = () => harness.get<Job>(jobs, "work");
const condition = (type: string) => current().status?.conditions?.find((each) => each.type === type);
const active = () => harness.livePods().filter((pod) => !["Succeeded", "Failed"].includes(pod.status?.phase ?? ""));
const finishOne = async (phase: "Succeeded" | "Failed", exitCode?: number) => {
  harness.finish(active()[0]!, phase, exitCode);
  await harness.rest();
};
const patch = (spec: unknown) =>
  harness.client.patch(jobs, "work", { type: "application/merge-patch+json", body: { spec } }, { namespace: "default" });

it("completes, counts through finalizers, and tells when", async () => {
  start();
  await create({ completions: 2, parallelism: 2 });
  expect(harness.pods()).toHaveLength(2);
  expect(harness.pods()[0]?.metadata.finalizers).toEqual(["batch.kubernetes.io/job-tracking"]);
  expect(harness.pods()[0]?.metadata.name).toMatch(/^work-[a-z0-9]{5}$/);
  expect(current().status).toEqual({
    active: 2,
    ready: 0,
    terminating: 0,
    startTime: "2026-01-01T00:00:00Z",
    uncountedTerminatedPods: {},
  });
  await harness.runPods();
  expect(current().status?.ready).toBe(2);
  await finishOne("Succeeded");
  expect(current().status).toMatchObject({ active: 1, succeeded: 1, uncountedTerminatedPods: {} });
  await finishOne("Succeeded");
  expect(current().status).toEqual({
    succeeded: 2,
    ready: 0,
    terminating: 0,
    startTime: "2026-01-01T00:00:00Z",
    completionTime: "2026-01-01T00:00:00Z",
    uncountedTerminatedPods: {},
    conditions: [
      expect.objectContaining({
        type: "SuccessCriteriaMet",
        status: "True",
        reason: "CompletionsReached",
        message: "Reached expected number of succeeded pods",
      }),
      expect.objectContaining({
        type: "Complete",
        status: "True",
        reason: "CompletionsReached",
        message: "Reached expected number of succeeded pods",
      }),
    ],
  });
  expect(harness.pods().every((pod) => !pod.metadata.finalizers?.length)).toBe(true);
  expect(harness.events().at(-1)).toBe("Normal Completed Job completed");
  expect(harness.errors()).toEqual([]);
});

it("tries again with a growing delay, and gives up at the back-off limit", async () => {
  const { clock } = start();
  await create({ backoffLimit: 2 });
  await finishOne("Failed");
  expect(active()).toHaveLength(0);
  await harness.rest(9_000);
  expect(active()).toHaveLength(0);
  await harness.rest(1_500);
  expect(active()).toHaveLength(1);
  await finishOne("Failed");
  await harness.rest(19_000);
  expect(active()).toHaveLength(0);
  await harness.rest(1_500);
  await finishOne("Failed");
  await clock.advance(1000);
  expect(condition("Failed")).toMatchObject({
    status: "True",
    reason: "BackoffLimitExceeded",
    message: "Job has reached the specified backoff limit",
  });
  expect(condition("FailureTarget")).toMatchObject({ reason: "BackoffLimitExceeded" });
  expect(current().status?.failed).toBe(3);
  expect(harness.events().at(-1)).toBe("Warning BackoffLimitExceeded Job has reached the specified backoff limit");
});

it("gives each index its pod: annotation, label, variable, host name", async () => {
  start();
  await create({ completions: 3, parallelism: 2, completionMode: "Indexed" });
  const indexes = () =>
    active()
      .map((pod) => pod.metadata.annotations?.["batch.kubernetes.io/job-completion-index"])
      .sort();
  expect(indexes()).toEqual(["0", "1"]);
  const [pod] = harness.pods();
  expect(pod).toMatchObject({
    metadata: { labels: { "batch.kubernetes.io/job-completion-index": "0" } },
    spec: {
      hostname: "work-0",
      containers: [
        {
          env: [
            {
              name: "JOB_COMPLETION_INDEX",
              valueFrom: { fieldRef: { fieldPath: "metadata.labels['batch.kubernetes.io/job-completion-index']" } },
            },
          ],
        },
      ],
    },
  });
  expect(pod?.metadata.name).toMatch(/^work-0-[a-z0-9]{5}$/);
  await finishOne("Succeeded");
  expect(indexes()).toEqual(["1", "2"]);
  expect(current().status).toMatchObject({ completedIndexes: "0", succeeded: 1 });
  await finishOne("Succeeded");
  await finishOne("Succeeded");
  expect(current().status).toMatchObject({ completedIndexes: "0-2", succeeded: 3 });
  expect(condition("Complete")?.status).toBe("True");
});

it("limits failures by index", async () => {
  start();
  await create({ completions: 2, parallelism: 2, completionMode: "Indexed", backoffLimitPerIndex: 1, backoffLimit: 2147483647 });
  const first = active().find((pod) => nameOf(pod).startsWith("work-0-"))!;
  harness.finish(first, "Failed");
  await harness.rest();
  expect(harness.get(pods, nameOf(first)).metadata.finalizers).toHaveLength(1);
  await harness.rest(10_500);
  const second = active().find((pod) => nameOf(pod).startsWith("work-0-"))!;
  expect(second.metadata.annotations?.["batch.kubernetes.io/job-index-failure-count"]).toBe("1");
  harness.finish(second, "Failed");
  await harness.rest();
  expect(current().status?.failedIndexes).toBe("0");
  harness.finish(active()[0]!, "Succeeded");
  await harness.rest();
  expect(current().status).toMatchObject({ failed: 2, succeeded: 1, completedIndexes: "1", failedIndexes: "0" });
  expect(condition("Failed")).toMatchObject({ reason: "FailedIndexes", message: "Job has failed indexes" });
});

it("ignores and fails by the pod failure policy", async () => {
  start();
  await create({
    completions: 1,
    backoffLimit: 0,
    podFailurePolicy: {
      rules: [
        { action: "Ignore", onExitCodes: { operator: "In", values: [42] } },
        { action: "FailJob", onExitCodes: { containerName: "c", operator: "In", values: [7] } },
      ],
    },
  });
  await finishOne("Failed", 42);
  await harness.rest(11_000);
  expect(current().status?.failed).toBeUndefined();
  const name = nameOf(active()[0]!);
  await finishOne("Failed", 7);
  expect(condition("Failed")).toMatchObject({
    reason: "PodFailurePolicy",
    message: `Container c for pod default/${name} failed with exit code 7 matching FailJob rule at index 1`,
  });
});

it("ends early by the success policy", async () => {
  start();
  await create({
    completions: 3,
    parallelism: 3,
    completionMode: "Indexed",
    successPolicy: { rules: [{ succeededIndexes: "1-2", succeededCount: 1 }] },
  });
  await harness.runPods();
  harness.finish(harness.pods().find((pod) => nameOf(pod).startsWith("work-1-"))!, "Succeeded");
  await harness.rest();
  expect(condition("SuccessCriteriaMet")).toMatchObject({ reason: "SuccessPolicy", message: "Matched rules at index 0" });
  expect(condition("Complete")).toBeUndefined();
  await harness.runPods();
  expect(condition("Complete")).toMatchObject({ reason: "SuccessPolicy" });
  expect(current().status).toMatchObject({ succeeded: 1, completedIndexes: "1" });
});

it("ends at the deadline", async () => {
  start();
  await create({ activeDeadlineSeconds: 30 });
  await harness.runPods();
  await harness.rest(31_000);
  expect(condition("FailureTarget")).toMatchObject({
    reason: "DeadlineExceeded",
    message: "Job was active longer than specified deadline",
  });
  await harness.runPods();
  await harness.rest();
  expect(condition("Failed")?.reason).toBe("DeadlineExceeded");
});

it("suspends and resumes, and starts the clock anew", async () => {
  const { clock } = start();
  await create({ suspend: true });
  expect(harness.pods()).toHaveLength(0);
  expect(current().status?.startTime).toBeUndefined();
  expect(condition("Suspended")).toMatchObject({ status: "True", reason: "JobSuspended", message: "Job suspended" });
  await clock.advance(60_000);
  await patch({ suspend: false });
  await harness.rest();
  expect(condition("Suspended")).toMatchObject({ status: "False", reason: "JobResumed", message: "Job resumed" });
  expect(current().status?.startTime).toBe("2026-01-01T00:01:00Z");
  await harness.runPods();
  await patch({ suspend: true });
  await harness.rest();
  expect(active()).toHaveLength(0);
  await harness.runPods();
  expect(current().status?.failed).toBeUndefined();
  expect(harness.events().filter((event) => event.includes("Suspended"))).toHaveLength(1);
});

it("runs a work queue until one succeeds and the others end", async () => {
  start();
  await create({ parallelism: 3 });
  expect(active()).toHaveLength(3);
  await finishOne("Succeeded");
  expect(active()).toHaveLength(2);
  expect(condition("Complete")).toBeUndefined();
  await finishOne("Succeeded");
  await finishOne("Succeeded");
  expect(condition("Complete")?.status).toBe("True");
  expect(current().status?.succeeded).toBe(3);
});

it("waits for the end of a pod before it replaces it, when told to", async () => {
  const { client } = start();
  await create({ podReplacementPolicy: "Failed" });
  await harness.runPods();
  const [first] = active();
  await client.delete(pods, nameOf(first!), { namespace: "default" });
  await harness.rest();
  expect(active()).toHaveLength(0);
  expect(current().status?.terminating).toBe(1);
  harness.finish(harness.get(pods, nameOf(first!)), "Failed");
  await harness.rest(11_000);
  expect(active()).toHaveLength(1);
  expect(current().status?.failed).toBe(1);
});

it("frees the pods of a job that is gone", async () => {
  const { client } = start();
  await create();
  client.drop(jobs, "default/work");
  await harness.rest();
  expect(harness.pods()[0]?.metadata.finalizers ?? []).toEqual([]);
});

it("deletes a finished job after its time to live", async () => {
  const { client } = start();
  await create({ ttlSecondsAfterFinished: 100 });
  const uid = uidOf(current());
  await finishOne("Succeeded");
  await harness.rest(99_000);
  expect(current().metadata.deletionTimestamp).toBeUndefined();
  await harness.rest(2_000);
  expect(client.peek(jobs, "default/work")?.metadata).toMatchObject({ uid, finalizers: ["foregroundDeletion"] });
});
