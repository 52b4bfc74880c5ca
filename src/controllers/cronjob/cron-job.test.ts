import { afterEach, expect, it } from "vitest";
import type { CronJob, CronJobSpec, Job } from "../../api/batch/v1.ts";
import { cronjobs, jobs } from "../../api/refs.ts";
import { nameOf } from "../../machinery/object.ts";
import { WorkloadHarness } from "../workloads/testing/workload-harness.ts";
import { startCronJobController } from "./cron-job.ts";
import { formatInZone } from "./schedule.ts";

let harness: WorkloadHarness;
const start = () => {
  harness = new WorkloadHarness(startCronJobController);
  return harness;
};
afterEach(() => harness.stop());

const epochMinutes = Date.UTC(2026, 0, 1) / 60_000;
const create = async (spec: Partial<CronJobSpec> = {}) => {
  await harness.client.create<CronJob>(cronjobs, {
    metadata: { name: "tick", namespace: "default" },
    spec: {
      schedule: "*/5 * * * *",
      concurrencyPolicy: "Allow",
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
      jobTemplate: { metadata: { labels: { app: "tick" } }, spec: { template: { spec: { containers: [] } } } },
      ...spec,
    },
  });
  await harness.rest();
};
const current = () => harness.get<CronJob>(cronjobs, "tick");
const jobNames = () => harness.client.peekAll<Job>(jobs).map(nameOf);
const minutes = (count: number) => harness.rest(count * 60_000 + 200);
const finish = async (name: string, type = "Complete") => {
  const job = harness.get<Job>(jobs, name);
  const time = new Date(harness.clock.now()).toISOString().replace(/\.\d+/, "");
  const conditions = [{ type, status: "True", lastTransitionTime: time }];
  const completion = type === "Complete" ? { completionTime: time } : {};
  harness.client.seed(jobs, { ...job, status: { ...job.status, conditions, startTime: time, ...completion } });
  await harness.rest();
};

it("starts a job at each time, named after it", async () => {
  start();
  await create();
  expect(jobNames()).toEqual([]);
  await minutes(5);
  const name = `tick-${epochMinutes + 5}`;
  expect(jobNames()).toEqual([name]);
  expect(harness.get(jobs, name)).toMatchObject({
    metadata: {
      labels: { app: "tick" },
      annotations: { "batch.kubernetes.io/cronjob-scheduled-timestamp": "2026-01-01T00:05:00Z" },
      ownerReferences: [{ apiVersion: "batch/v1", kind: "CronJob", name: "tick", controller: true, blockOwnerDeletion: true }],
    },
  });
  expect(current().status).toMatchObject({
    lastScheduleTime: "2026-01-01T00:05:00Z",
    active: [{ apiVersion: "batch/v1", kind: "Job", name, namespace: "default" }],
  });
  await finish(name);
  expect(current().status?.active).toBeUndefined();
  expect(current().status?.lastSuccessfulTime).toBeDefined();
  await minutes(5);
  expect(jobNames()).toEqual([name, `tick-${epochMinutes + 10}`]);
  expect(harness.events()).toEqual([
    `Normal SuccessfulCreate Created job ${name}`,
    `Normal SawCompletedJob Saw completed job: ${name}, condition: Complete`,
    `Normal SuccessfulCreate Created job tick-${epochMinutes + 10}`,
  ]);
  expect(harness.errors()).toEqual([]);
});

it("keeps as many finished jobs as the limits say", async () => {
  start();
  await create({ successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 0 });
  for (const at of [5, 10, 15]) {
    await minutes(5);
    await finish(`tick-${epochMinutes + at}`, at === 15 ? "Failed" : "Complete");
  }
  expect(jobNames()).toEqual([`tick-${epochMinutes + 10}`]);
  expect(harness.events()).toContain(`Normal SuccessfulDelete Deleted job tick-${epochMinutes + 5}`);
});

it("forbids and replaces what still runs", async () => {
  start();
  await create({ concurrencyPolicy: "Forbid" });
  await minutes(10);
  expect(jobNames()).toEqual([`tick-${epochMinutes + 5}`]);
  expect(harness.events()).toContain(
    "Normal JobAlreadyActive Not starting job because prior execution is running and concurrency policy is Forbid",
  );
  const body = { spec: { concurrencyPolicy: "Replace" } };
  await harness.client.patch(cronjobs, "tick", { type: "application/merge-patch+json", body }, { namespace: "default" });
  await minutes(5);
  expect(jobNames()).toEqual([`tick-${epochMinutes + 15}`]);
});

it("starts only the last of the times that were missed, and none after the deadline", async () => {
  start();
  await create({ suspend: true, schedule: "* * * * *" });
  await minutes(30);
  expect(jobNames()).toEqual([]);
  const patch = (spec: unknown) =>
    harness.client.patch(cronjobs, "tick", { type: "application/merge-patch+json", body: { spec } }, { namespace: "default" });
  await patch({ suspend: false });
  await harness.rest();
  expect(jobNames()).toEqual([`tick-${epochMinutes + 30}`]);
  await patch({ suspend: true, schedule: "0 * * * *", startingDeadlineSeconds: 60 });
  await minutes(45);
  await patch({ suspend: false });
  await harness.rest();
  expect(jobNames()).toEqual([`tick-${epochMinutes + 30}`]);
});

it("knows time zones", async () => {
  start();
  await create({ schedule: "0 9 * * *", timeZone: "Asia/Tokyo" });
  await minutes(10);
  await minutes(24 * 60);
  expect(harness.client.peekAll<Job>(jobs)[0]?.metadata.annotations).toEqual({
    "batch.kubernetes.io/cronjob-scheduled-timestamp": "2026-01-02T09:00:00+09:00",
  });
  expect(formatInZone(Date.UTC(2026, 0, 1), "America/St_Johns")).toBe("2025-12-31T20:30:00-03:30");
});

it("says what is wrong with a schedule", async () => {
  start();
  await create({ schedule: "every day" });
  expect(harness.events()).toEqual([
    'Warning UnparseableSchedule unparseable schedule: "every day" : expected exactly 5 fields, found 2: [every day]',
  ]);
});

it("notices jobs that went missing", async () => {
  const { client } = start();
  await create();
  await minutes(5);
  client.drop(jobs, `default/tick-${epochMinutes + 5}`);
  await harness.rest();
  expect(current().status?.active).toBeUndefined();
  expect(harness.events().at(-1)).toBe(`Normal MissingJob Active job went missing: tick-${epochMinutes + 5}`);
});
