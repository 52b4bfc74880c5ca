// A schedule under test (node:test): nightly backups, on virtual time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cronjobs, jobs } from "kybern/client";
import { assertions, startCluster } from "kybern/testing";

const backup = `
apiVersion: batch/v1
kind: CronJob
metadata: { name: backup }
spec:
  schedule: "15 3 * * *"
  timeZone: Europe/Berlin
  concurrencyPolicy: Forbid
  successfulJobsHistoryLimit: 3
  failedJobsHistoryLimit: 1
  jobTemplate:
    spec:
      backoffLimit: 2
      template:
        spec:
          restartPolicy: Never
          containers: [{ name: backup, image: backup }]
`;

test("backups run in the night, and a failed one is tried again", async () => {
  const cluster = await startCluster({
    controllers: ["cronjob", "job", "node-lifecycle"],
    scheduler: true,
    nodes: 1,
    now: "2026-03-28T00:00:00Z",
  });
  try {
    const broken = cluster.stage({ pods: { name: /^backup-/ }, runs: "5m" });
    await cluster.apply(backup);
    await cluster.advance("30h");
    // In the night to the 29th of March the clocks went forward: a quarter past three is 01:15 in UTC from then on.
    const { items } = await cluster.client.list(jobs);
    assert.deepEqual(items.map(({ status }) => status.startTime).sort(), [
      "2026-03-28T02:15:00Z",
      "2026-03-29T01:15:00Z",
    ]);
    assert.ok(items.every(({ status }) => status.succeeded === 1));

    broken();
    cluster.stage({ pods: { name: /^backup-/ }, runs: "1m", exitCode: 1 });
    await cluster.advance("1d");
    const failed = (await cluster.client.list(jobs)).items.find(({ status }) => status.failed);
    assert.equal(failed.status.failed, 3);
    await assertions.hasCondition(cluster.object(`job/${failed.metadata.name}`), "Failed", "True", "BackoffLimitExceeded");
    assert.equal((await cluster.client.get(cronjobs, "backup")).status.lastScheduleTime, "2026-03-30T01:15:00Z");
  } finally {
    await cluster.stop();
  }
});
