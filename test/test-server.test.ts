import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { afterAll, expect, it } from "vitest";
import { startCluster } from "../src/testing/start-cluster.ts";
import { main, run, whyNoKubectl } from "./harness/cluster.ts";

const directory = mkdtempSync(join(tmpdir(), "kybern-test-server-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Starts a command, waits for its first words, and ends it by a signal once the work is done. */
async function during(words: string[], end: RegExp, work: (output: string) => Promise<void>): Promise<number | null> {
  const child = spawn(process.execPath, [main, ...words], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  try {
    let output = "";
    for await (const chunk of child.stdout.setEncoding("utf8").iterator({ destroyOnReturn: false })) {
      output += chunk;
      if (end.test(output)) break;
    }
    child.stdout.resume();
    await work(output);
  } finally {
    child.kill("SIGTERM");
  }
  return await exited;
}

it("kybern test-server prints a kubeconfig with which any client works, and leaves nothing behind", async () => {
  const code = await during(["test-server", "--port", "0", "--print-kubeconfig"], /current-context: .*\n/, async (output) => {
    const config = new KubeConfig();
    config.loadFromString(output);
    const api = config.makeApiClient(CoreV1Api);
    await api.createNamespacedPod({
      namespace: "default",
      body: { metadata: { name: "p" }, spec: { containers: [{ name: "c", image: "i" }] } },
    });
    await expect
      .poll(async () => (await api.readNamespacedPod({ namespace: "default", name: "p" })).status?.phase, { timeout: 20_000 })
      .toBe("Running");
  });
  expect(code).toBe(0);
});

it("kybern open serves what a test has saved, as it was", async () => {
  const file = join(directory, "saved");
  await using cluster = await startCluster({ controllers: "none" });
  await cluster.apply({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" }, data: { a: "1" } } as never);
  const { revision } = cluster;
  await cluster.apply({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" }, data: { a: "2" } } as never);
  await cluster.save(file);
  const config = new KubeConfig();
  const dataIn = async (words: string[]) => {
    let data: unknown;
    await during(["open", file, ...words], /export KUBECONFIG='.*'\n/, async (output) => {
      config.loadFromFile(/'(.*)'/.exec(output)?.[1] as string);
      data = (await config.makeApiClient(CoreV1Api).readNamespacedConfigMap({ namespace: "default", name: "c" })).data;
    });
    return data;
  };
  expect(await dataIn([])).toEqual({ a: "2" });
  expect(await dataIn(["--revision", String(revision)])).toEqual({ a: "1" });
});

const why = whyNoKubectl();

it.skipIf(why)(`kybern open serves kubectl, as it is and as it was${why ? ` (${why})` : ""}`, async () => {
  const file = join(directory, "rollout");
  await using cluster = await startCluster({ nodes: 1 });
  const web = (image: string) => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: "web" } },
      template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "c", image }] } },
    },
  });
  await cluster.apply(web("shop:1") as never);
  await cluster.until("deployment/web", "available");
  const { revision } = cluster;
  await cluster.apply(web("shop:2") as never);
  await cluster.until("deployment/web", "available");
  await cluster.save(file);
  const asked = async (words: string[], ...question: string[]) => {
    let answer = "";
    await during(["open", file, ...words], /export KUBECONFIG='.*'\n/, async (output) => {
      const { stdout, stderr } = run("kubectl", ["--kubeconfig", /'(.*)'/.exec(output)?.[1] as string, ...question]);
      answer = stdout + stderr;
    });
    return answer;
  };
  const images = ["get", "pods", "-o", "jsonpath={.items[*].spec.containers[0].image}"];
  expect(await asked([], ...images)).toBe("shop:2 shop:2");
  expect(await asked(["--revision", String(revision)], ...images)).toBe("shop:1 shop:1");
  expect(await asked(["--revision", String(revision)], "rollout", "status", "deployment/web")).toBe(
    'deployment "web" successfully rolled out\n',
  );
});
