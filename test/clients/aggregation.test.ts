import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestCluster } from "../harness/cluster.ts";
import { whyNoBinaries } from "./binaries.ts";
import { freePort, ProgramProcess } from "./program-process.ts";

const why = whyNoBinaries("sample-apiserver", "etcd", "kubectl");
const group = "wardle.example.com";

const apiService = (version: string, versionPriority: number, port: number) => ({
  apiVersion: "apiregistration.k8s.io/v1",
  kind: "APIService",
  metadata: { name: `${version}.${group}` },
  spec: {
    group,
    version,
    groupPriorityMinimum: 1000,
    versionPriority,
    insecureSkipTLSVerify: true,
    service: { namespace: "wardle", name: "api", port },
  },
});
const flunder = (name: string) => ({
  apiVersion: `${group}/v1alpha1`,
  kind: "Flunder",
  metadata: { name, namespace: "birds" },
  spec: { reference: "somewhere" },
});

describe.skipIf(why)(`the sample API server of upstream${why ? ` (${why})` : ""}`, () => {
  let cluster: TestCluster;
  const processes: ProgramProcess[] = [];

  beforeAll(async () => {
    cluster = await TestCluster.start("--components", "apiserver,controllers", "--nodes", "none", "--store", "memory");
    const [client, peer, port] = [await freePort(), await freePort(), await freePort()];
    const etcd = `http://127.0.0.1:${client}`;
    const peers = `http://127.0.0.1:${peer}`;
    processes.push(
      ProgramProcess.start("etcd", join(cluster.directory, "etcd"), (directory) => [
        ...["--data-dir", directory, "--listen-client-urls", etcd, "--advertise-client-urls", etcd],
        ...["--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers, "--initial-cluster", `default=${peers}`],
      ]),
    );
    const { kubeconfig } = cluster;
    const roles = ["kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig"].flatMap((role) => [`--${role}`, kubeconfig]);
    processes.push(
      ProgramProcess.start("sample-apiserver", join(cluster.directory, "wardle"), (directory) => [
        ...["--etcd-servers", etcd, "--secure-port", String(port), "--cert-dir", directory],
        ...roles,
      ]),
    );
    cluster.ok("create", "namespace", "wardle");
    cluster.ok("create", "namespace", "birds");
    cluster.ok("create", "service", "externalname", "api", "--namespace", "wardle", "--external-name", "localhost");
    const items = [apiService("v1alpha1", 15, port), apiService("v1beta1", 16, port)];
    cluster.feed(JSON.stringify({ apiVersion: "v1", kind: "List", items }), "create", "-f", "-");
    cluster.ok("wait", "--for=condition=Available", "apiservice", `v1alpha1.${group}`, `v1beta1.${group}`, "--timeout=60s");
  });
  afterAll(async () => {
    await Promise.all(processes.map((one) => one.stop()));
    await cluster?.delete();
  });

  it("serves its kinds through kybern's", async () => {
    const listed = () => cluster.kubectl("api-resources", `--api-group=${group}`, "--no-headers").stdout;
    await cluster.until("its resources", () => listed().includes("flunders"));
    expect(
      listed()
        .split("\n")
        .map((line) => line.split(/\s+/).join(" ")),
    ).toEqual([`fischers ${group}/v1alpha1 false Fischer`, `flunders ${group}/v1beta1 true Flunder`, ""]);
    const created = cluster.feed(JSON.stringify(flunder("one")), "create", "-f", "-");
    expect(created.stdout, created.stderr).toBe(`flunder.${group}/one created\n`);
    cluster.ok("label", "flunder", "one", "-n", "birds", "a=b");
    expect(cluster.ok("get", "flunders", "-A", "-l", "a=b", "-o", "name")).toBe(`flunder.${group}/one\n`);
    expect(cluster.ok("explain", "flunder.spec")).toContain("FlunderSpec is the specification of a Flunder.");
    expect(cluster.kubectl("get", "flunders", "-n", "birds", "--as", "jane").stderr).toBe(
      `Error from server (Forbidden): flunders.${group} is forbidden: User "jane" cannot list resource "flunders" in API group "${group}" in the namespace "birds"\n`,
    );
  });

  it("is told on whose behalf it is asked", () => {
    cluster.ok("create", "clusterrole", "flunders", "--verb=list", `--resource=flunders.${group}`);
    cluster.ok("create", "clusterrolebinding", "flunders", "--clusterrole=flunders", "--user=jane");
    expect(cluster.ok("get", "flunders", "-n", "birds", "--as", "jane", "-o", "name")).toBe(`flunder.${group}/one\n`);
  });

  it("has its objects removed with their namespace", () => {
    cluster.ok("delete", "namespace", "birds", "--timeout=60s");
    expect(cluster.kubectl("get", "flunders", "-A").stdout).toBe("");
  });
});
