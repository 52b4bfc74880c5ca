import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root, run, TestCluster, whyNoContainers } from "./harness/cluster.ts";

const talks = join(root, "examples", "talks", "guestbook");
const why = whyNoContainers();

/** Brings the guestbook up from the talks' manifests, and its front ends behind a service. */
async function bringUpGuestbook(cluster: TestCluster): Promise<{ address: string; nodePort: number }> {
  cluster.importImages("redis", "redis-slave", "php-redis");
  for (const file of [
    "redis-master.json",
    "redis-master-service.json",
    "redis-slave-controller.json",
    "redis-slave-service.json",
    "frontend-controller.json",
  ]) {
    cluster.ok("create", "-f", join(talks, file));
  }
  cluster.ok("expose", "rc", "frontend-controller", "--name=frontend", "--port=80", "--type=NodePort");
  await cluster.until("three front ends are ready", () => readyPods(cluster, "name=frontend") === 3, 90);
  await cluster.until("the master is ready", () => readyPods(cluster, "name=redis-master") === 1);
  await cluster.until("a slave is ready", () => readyPods(cluster, "name=redisslave") >= 1);
  const service = cluster.json<{ spec: { clusterIP: string; ports: { nodePort: number }[] } }>("get", "service", "frontend");
  return { address: service.spec.clusterIP, nodePort: service.spec.ports[0]?.nodePort as number };
}

function readyPods(cluster: TestCluster, selector: string): number {
  const pods = cluster.json<{ items: { status: { conditions?: { type: string; status: string }[] } }[] }>("get", "pods", "-l", selector);
  return pods.items.filter((pod) => pod.status.conditions?.some(({ type, status }) => type === "Ready" && status === "True")).length;
}

async function ask(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(5000), headers: { connection: "close" } });
  return await response.text();
}

describe.skipIf(why)(`guestbook${why ? ` (${why})` : ""}`, () => {
  let cluster: TestCluster;
  let guestbook: { address: string; nodePort: number };

  beforeAll(async () => {
    cluster = await TestCluster.start();
    guestbook = await bringUpGuestbook(cluster);
  });
  afterAll(() => cluster?.delete());

  it("keeps the names of the talks, made valid", () => {
    expect(cluster.ok("get", "rc", "-o", "name").trim().split("\n").sort()).toEqual([
      "replicationcontroller/frontend-controller",
      "replicationcontroller/redis-slave-controller",
    ]);
  });

  it("shows through one front end what was written through another", async () => {
    const url = `http://${guestbook.address}/index.php`;
    await cluster.until("a message can be written", async () =>
      (await ask(`${url}?cmd=set&key=messages&value=Hi%20Cloud%20Open%202014!`)).includes("Updated"),
    );
    await cluster.until("each front end shows it", async () => {
      for (let i = 0; i < 12; i++) if (!(await ask(`${url}?cmd=get&key=messages`)).includes("Hi Cloud Open 2014!")) return false;
      return true;
    });
  });

  it("serves by a node port", async () => {
    await cluster.until("the node port answers", async () =>
      (await ask(`http://127.0.0.1:${guestbook.nodePort}/index.php?cmd=get&key=messages`)).includes("Hi Cloud Open 2014!"),
    );
  });

  it("replaces a front end that is deleted", async () => {
    const [first] = cluster.ok("get", "pods", "-l", "name=frontend", "-o", "name").trim().split("\n");
    cluster.ok("delete", first as string, "--wait=false");
    await cluster.until(
      "three others are ready",
      () => !cluster.ok("get", "pods", "-o", "name").includes(first as string) && readyPods(cluster, "name=frontend") === 3,
    );
  });

  it("works where the FORWARD policy is drop", async () => {
    const table = "kybern_test_forward";
    run("nft", ["add", "table", "ip", table]);
    run("nft", ["add", "chain", "ip", table, "FORWARD", "{ type filter hook forward priority 0 ; policy drop ; }"]);
    try {
      await cluster.until(
        "the guestbook answers all the same",
        async () => (await ask(`http://${guestbook.address}/index.php?cmd=get&key=messages`)).includes("Hi"),
        60,
      );
    } finally {
      run("nft", ["delete", "table", "ip", table]);
    }
  });

  it("runs beside another cluster, and goes on when that is deleted", async () => {
    const other = await TestCluster.start();
    try {
      const second = await bringUpGuestbook(other);
      await other.until("the second guestbook answers", async () =>
        (await ask(`http://${second.address}/index.php?cmd=set&key=messages&value=two`)).includes("Updated"),
      );
    } finally {
      await other.delete();
    }
    expect(await ask(`http://${guestbook.address}/index.php?cmd=get&key=messages`)).toContain("Hi Cloud Open 2014!");
  });
});
