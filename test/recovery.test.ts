import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run, TestCluster, whyNoContainers } from "./harness/cluster.ts";

const why = whyNoContainers();

const pod = (name: string, spec: object) =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { app: name } },
    spec: { terminationGracePeriodSeconds: 1, ...spec },
  });
const busybox = (command: string, extra: object = {}) => ({
  containers: [{ name: "c", image: "busybox", imagePullPolicy: "IfNotPresent", command: ["sh", "-c", command], ...extra }],
});

interface PodObject {
  metadata: { name: string; uid: string };
  status: { phase: string; podIP?: string; containerStatuses?: { containerID: string; restartCount: number; ready: boolean }[] };
}

describe.skipIf(why)(`recovery${why ? ` (${why})` : ""}`, () => {
  let cluster: TestCluster;
  const get = (name: string) => cluster.json<PodObject>("get", "pod", name);
  const isReady = (name: string) => get(name).status.containerStatuses?.every(({ ready }) => ready) === true;

  beforeAll(async () => {
    cluster = await TestCluster.start();
    cluster.importImages("busybox");
  });
  afterAll(() => cluster?.delete());

  it("restarts a container that is killed, with back-off", async () => {
    cluster.feed(pod("killed", busybox("trap 'exit 137' TERM; while true; do sleep 0.2; done")), "create", "-f", "-");
    await cluster.until("it runs", () => isReady("killed"));
    cluster.ok("exec", "killed", "--", "kill", "1");
    await cluster.until(
      "it has been restarted",
      () => isReady("killed") && get("killed").status.containerStatuses?.[0]?.restartCount === 1,
    );
    cluster.ok("exec", "killed", "--", "kill", "1");
    await cluster.until("it backs off", () => cluster.ok("get", "pod", "killed").includes("CrashLoopBackOff"));
  });

  it("takes an unready pod out of its service, and restarts one that isn't alive", async () => {
    const probes = {
      readinessProbe: { exec: { command: ["test", "-e", "/tmp/ready"] }, periodSeconds: 1, failureThreshold: 1 },
      livenessProbe: { exec: { command: ["test", "!", "-e", "/tmp/dead"] }, periodSeconds: 1, failureThreshold: 1 },
    };
    cluster.feed(
      pod("probed", busybox("touch /tmp/ready; sleep 1000", { ...probes, ports: [{ containerPort: 80 }] })),
      "create",
      "-f",
      "-",
    );
    cluster.ok("expose", "pod", "probed", "--port=80");
    const endpoints = () => cluster.ok("get", "endpoints", "probed", "-o", "jsonpath={.subsets[*].addresses[*].ip}").trim();
    await cluster.until("it is an endpoint", () => endpoints() !== "");
    cluster.ok("exec", "probed", "--", "rm", "/tmp/ready");
    await cluster.until("it is no endpoint any more", () => endpoints() === "");
    cluster.ok("exec", "probed", "--", "touch", "/tmp/ready");
    await cluster.until("it is an endpoint again", () => endpoints() !== "");
    cluster.ok("exec", "probed", "--", "touch", "/tmp/dead");
    await cluster.until("it has been restarted", () => get("probed").status.containerStatuses?.[0]?.restartCount === 1);
  });

  it("reads its namespace with its default service account, in pods of their own network and of the host's", async () => {
    cluster.ok("create", "rolebinding", "read", "--clusterrole=view", "--serviceaccount=default:default");
    // Busybox can't speak TLS with elliptic curves: the request is made by the Node of this machine, from within the pod's network.
    const request = `
      const { request } = require("node:https");
      const [address, token, ca] = process.argv.slice(1);
      request({ host: address, port: process.env.KUBERNETES_SERVICE_PORT, servername: "kubernetes.default.svc", ca, path: "/api/v1/namespaces/default/services/kubernetes", headers: { authorization: "Bearer " + token } }, (response) => {
        console.log(response.statusCode);
        response.pipe(process.stdout);
      }).end();`;
    const script = `
      T=/var/run/secrets/kubernetes.io/serviceaccount
      A=$(nslookup kubernetes.default.svc.cluster.local | awk '/^Address/ { a = $NF } END { print a }')
      chroot /host ${process.execPath} -e '${request}' "$A" "$(cat $T/token)" "$(cat $T/ca.crt)" > /dev/termination-log`;
    const spec = {
      restartPolicy: "Never",
      volumes: [{ name: "host", hostPath: { path: "/" } }],
      ...busybox(script, { volumeMounts: [{ name: "host", mountPath: "/host", readOnly: true }] }),
    };
    for (const [name, extra] of [
      ["reader", {}],
      ["host-reader", { hostNetwork: true, dnsPolicy: "ClusterFirstWithHostNet" }],
    ] as const) {
      cluster.feed(pod(name, { ...spec, ...extra }), "create", "-f", "-");
      await cluster.until(`${name} has succeeded`, () => get(name).status.phase === "Succeeded");
      const answer = cluster.ok("get", "pod", name, "-o", "jsonpath={.status.containerStatuses[0].state.terminated.message}");
      expect(answer).toMatch(/^200\n.*"kind":"Service"/);
    }
  });

  it("loses nothing and restarts nothing when kybern is killed, then containerd", async () => {
    cluster.feed(pod("survivor", busybox("sleep 1000")), "create", "-f", "-");
    await cluster.until("it runs", () => isReady("survivor"));
    const before = get("survivor").status.containerStatuses?.[0];
    const acknowledged: string[] = [];
    for (let i = 0; i < 20; i++) {
      cluster.ok("create", "configmap", `kept-${i}`, `--from-literal=n=${i}`);
      acknowledged.push(`configmap/kept-${i}`);
    }
    await cluster.signal("SIGKILL");
    await cluster.start();
    const names = cluster.ok("get", "configmaps", "-o", "name").split("\n");
    for (const name of acknowledged) expect(names).toContain(name);
    await cluster.until("its state is known", () => isReady("survivor"));
    expect(get("survivor").status.containerStatuses?.[0]).toMatchObject({ containerID: before?.containerID, restartCount: 0 });

    const containerd = Number(readFileSync(join(cluster.directory, "containerd", "containerd.pid"), "utf8").match(/\d+/)?.[0]);
    process.kill(containerd, "SIGKILL");
    cluster.feed(pod("after", busybox("sleep 1000")), "create", "-f", "-");
    await cluster.until("a new pod runs", () => isReady("after"));
    expect(get("survivor").status.containerStatuses?.[0]).toMatchObject({ containerID: before?.containerID, restartCount: 0 });
  });

  it("comes back after a reboot: processes, mounts and run-time state gone", async () => {
    const { cluster: id } = JSON.parse(cluster.kybern("status", "--data", cluster.directory, "-o", "json").stdout) as { cluster: string };
    await cluster.signal("SIGKILL");
    run("sh", [
      "-c",
      `pkill -9 -f "[c]ontainerd --config ${cluster.directory}/"; pkill -9 -f "[/]run/kybern/${id}/"
       for f in $(find /sys/fs/cgroup -path "*kybern-${id}*" -name cgroup.procs); do for p in $(cat $f); do kill -9 $p; done; done
       sleep 1
       for n in $(grep -l . /proc/mounts | xargs cut -d" " -f2 | grep -e "/run/kybern/${id}/" -e "${cluster.directory}/" | sort -r); do umount -l $n; done
       rm -rf /run/kybern/${id}`,
    ]);
    await cluster.start();
    await cluster.until(
      "its pods run again, once restarted",
      () => isReady("survivor") && (get("survivor").status.containerStatuses?.[0]?.restartCount ?? 0) >= 1,
    );
    const addresses = run("sh", ["-c", `ls ${cluster.directory}/cni-addresses/kybern-${id} | grep -c "^[0-9]"`]).stdout.trim();
    const pods = cluster.json<{ items: { status: { podIP?: string; phase: string }; spec: { hostNetwork?: boolean } }[] }>("get", "pods");
    await cluster.until("no address has leaked", () => {
      const used = pods.items.filter(({ status, spec }) => status.phase === "Running" && !spec.hostNetwork).length;
      return Number(addresses) <= used;
    });
  });

  it("stops cleanly on SIGINT to the whole process group, and continues", async () => {
    expect(await cluster.stop()).toBe(0);
    await cluster.start();
    await cluster.until("its pods run again", () => isReady("survivor"));
  });

  it("leaves the machine as it was after down --delete", async () => {
    const other = await TestCluster.start();
    const { cluster: id } = JSON.parse(other.kybern("status", "--data", other.directory, "-o", "json").stdout) as { cluster: string };
    other.importImages("busybox");
    other.feed(pod("short", busybox("sleep 1000")), "create", "-f", "-");
    await other.until("it runs", () => other.json<PodObject>("get", "pod", "short").status.phase === "Running");
    await other.delete();
    for (const [command, ...args] of [
      ["ip", "-o", "link"],
      ["nft", "list", "tables"],
      ["sh", "-c", "cat /proc/mounts"],
      ["sh", "-c", "find /sys/fs/cgroup -maxdepth 3 -type d"],
      ["ps", "-eo", "args"],
    ] as const) {
      expect(run(command, [...args]).stdout).not.toContain(id);
    }
  });
});
