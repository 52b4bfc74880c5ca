// A dashboard under test (node:test): it follows pods over HTTPS, as it would in any cluster, and counts them by phase.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, pods } from "kybern/client";
import { startCluster } from "kybern/testing";

/** The dashboard's model itself. */
function startDashboard(kubeConfig, namespace) {
  const connection = connect({ kubeConfig });
  const followed = connection.informer(pods, { namespace });
  const waiting = new Set();
  const changed = () => {
    for (const look of waiting) look();
  };
  followed.on({ add: changed, update: changed, delete: changed });
  const counts = () => {
    const phases = followed.list().map(({ status }) => status.phase).sort();
    return phases.reduce((counted, phase) => ({ ...counted, [phase]: (counted[phase] ?? 0) + 1 }), {});
  };
  return {
    ready: followed.whenSynced(),
    counts,
    /** Resolves when it shows this. */
    shows(wanted) {
      return new Promise((resolve) => {
        const look = () => {
          if (JSON.stringify(counts()) !== JSON.stringify(wanted)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      });
    },
    close: () => connection.close(),
  };
}

const pod = (name) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: { restartPolicy: "Never", containers: [{ name: "c", image: "busybox" }] },
});

test("the dashboard shows what there is, also after its watch broke", async () => {
  const cluster = await startCluster({ nodes: 1, stages: [{ pods: { name: "short" }, runs: "1m" }] });
  const { kubeConfig } = await cluster.serve();
  const dashboard = startDashboard(kubeConfig, "default");
  try {
    await dashboard.ready;
    await cluster.apply([pod("short"), pod("long")]);
    await cluster.until("pod/short", "ready");
    await cluster.until("pod/long", "ready");
    await dashboard.shows({ Running: 2 });

    assert.equal(cluster.faults.watchDrop({ resource: "pods", user: "kubernetes-admin" }), 1);
    await cluster.advance("2m");
    await dashboard.shows({ Running: 1, Succeeded: 1 });
  } finally {
    await dashboard.close();
    await cluster.stop();
  }
});
