import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestCluster } from "../harness/cluster.ts";
import { whyNoBinaries } from "./binaries.ts";
import { freePort, ProgramProcess } from "./program-process.ts";

const why = whyNoBinaries("kube-scheduler", "kube-controller-manager", "kubectl");

/** One of upstream's components, by the administrator's kubeconfig. */
async function startComponent(name: string, cluster: TestCluster, ...more: string[]): Promise<ProgramProcess> {
  const { kubeconfig } = cluster;
  const roles = ["kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig"].flatMap((role) => [`--${role}`, kubeconfig]);
  const port = String(await freePort());
  return ProgramProcess.start(name, join(cluster.directory, name), (directory) => [
    ...roles,
    ...["--bind-address", "127.0.0.1", "--secure-port", port, "--cert-dir", directory],
    ...more,
  ]);
}

/** About files that a component was not given; a sync that comes before the component's own write has, and is made again. */
const expected = ["The manifest file is empty", "is not as new as written version"];

/** What a component logged as errors. */
const errorsOf = (component: ProgramProcess) => component.errors().filter((line) => !expected.some((text) => line.includes(text)));

describe.skipIf(why)(`upstream's scheduler and controllers${why ? ` (${why})` : ""}`, () => {
  let cluster: TestCluster;
  const components: ProgramProcess[] = [];

  beforeAll(async () => {
    cluster = await TestCluster.start("--components", "apiserver,node", "--nodes", "simulated=3", "--store", "memory");
    components.push(await startComponent("kube-scheduler", cluster));
    const pki = join(cluster.directory, "pki");
    const keys = ["--service-account-private-key-file", join(pki, "sa.key"), "--root-ca-file", join(pki, "ca.crt")];
    const signing = ["--cluster-signing-cert-file", join(pki, "ca.crt"), "--cluster-signing-key-file", join(pki, "ca.key")];
    components.push(await startComponent("kube-controller-manager", cluster, "--use-service-account-credentials", ...keys, ...signing));
    await cluster.until("the controllers make service accounts", () => cluster.kubectl("get", "serviceaccount", "default").code === 0);
  });
  afterAll(async () => {
    await Promise.all(components.map((component) => component.stop()));
    await cluster?.delete();
  });

  const names = (...words: string[]) =>
    cluster
      .ok("get", ...words, "-o", "name")
      .trim()
      .split("\n")
      .filter(Boolean);

  it("bring a deployment's pods to simulated nodes, spread over them", () => {
    cluster.ok("create", "deployment", "web", "--image=nginx", "--replicas=6", "--port=80");
    cluster.ok("expose", "deployment", "web");
    cluster.ok("rollout", "status", "deployment/web", "--timeout=60s");
    const nodes = cluster.ok("get", "pods", "-l", "app=web", "-o", "jsonpath={.items[*].spec.nodeName}").split(" ").sort();
    expect(nodes).toEqual(["simulated-1", "simulated-1", "simulated-2", "simulated-2", "simulated-3", "simulated-3"]);
  });

  it("keep endpoints of a service", async () => {
    const addresses = () =>
      cluster.ok("get", "endpointslices", "-l", "kubernetes.io/service-name=web", "-o", "jsonpath={.items[*].endpoints[*].addresses[0]}");
    await cluster.until("six addresses", () => addresses().split(" ").length === 6);
  });

  it("roll a deployment on, and back", () => {
    cluster.ok("set", "image", "deployment/web", "nginx=nginx:2");
    cluster.ok("rollout", "status", "deployment/web", "--timeout=60s");
    cluster.ok("rollout", "undo", "deployment/web");
    cluster.ok("rollout", "status", "deployment/web", "--timeout=60s");
    expect(cluster.ok("get", "deployment", "web", "-o", "jsonpath={.spec.template.spec.containers[0].image}")).toBe("nginx");
  });

  it("run a job to its completion, and a stateful set in order", () => {
    cluster.ok("create", "job", "sum", "--image=busybox", "--", "true");
    cluster.ok("wait", "--for=condition=complete", "job/sum", "--timeout=60s");
    const set = {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: { name: "db" },
      spec: {
        replicas: 3,
        serviceName: "db",
        selector: { matchLabels: { app: "db" } },
        template: { metadata: { labels: { app: "db" } }, spec: { containers: [{ name: "db", image: "db" }] } },
      },
    };
    cluster.feed(JSON.stringify(set), "apply", "-f", "-");
    cluster.ok("rollout", "status", "statefulset/db", "--timeout=60s");
    expect(names("pods", "-l", "app=db")).toEqual(["pod/db-0", "pod/db-1", "pod/db-2"]);
  });

  it("leave a pod that fits nowhere pending, and say why", async () => {
    cluster.ok(
      "run",
      "large",
      "--image=nginx",
      '--overrides={"spec":{"containers":[{"name":"large","image":"nginx","resources":{"requests":{"cpu":"1000"}}}]}}',
    );
    await cluster.until("the scheduler's event", () =>
      cluster.ok("events", "--for", "pod/large").includes("0/3 nodes are available: 3 Insufficient cpu."),
    );
  });

  it("collect what an owner leaves behind, by each way of deletion", async () => {
    cluster.ok("delete", "deployment", "web", "--cascade=foreground", "--timeout=60s");
    expect(names("replicasets,pods", "-l", "app=web")).toEqual([]);
    cluster.ok("delete", "statefulset", "db", "--cascade=orphan");
    expect(names("pods", "-l", "app=db")).toHaveLength(3);
    const owners = cluster.ok("get", "pods", "-l", "app=db", "-o", "jsonpath={.items[*].metadata.ownerReferences}");
    expect(owners).toBe("");
    cluster.ok("delete", "job", "sum");
    await cluster.until("the job's pod is collected", () => names("pods", "-l", "job-name=sum").length === 0);
  });

  it("empty a namespace that is deleted", () => {
    cluster.ok("create", "namespace", "gone");
    cluster.ok("create", "deployment", "web", "--image=nginx", "--namespace", "gone");
    cluster.ok("create", "configmap", "settings", "--namespace", "gone");
    cluster.ok("rollout", "status", "deployment/web", "--namespace", "gone", "--timeout=60s");
    cluster.ok("delete", "namespace", "gone", "--timeout=90s");
    expect(cluster.kubectl("get", "namespace", "gone").stderr).toBe('Error from server (NotFound): namespaces "gone" not found\n');
  });

  it("log no errors", () => {
    expect(components.flatMap(errorsOf)).toEqual([]);
  });
});
