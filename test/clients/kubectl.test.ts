import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CommandResult, TestCluster } from "../harness/cluster.ts";
import { found, run, whyNoBinaries } from "./binaries.ts";
import { type KubectlVersion, kubectls } from "./transcript.ts";

const web = join(import.meta.dirname, "files", "web.yaml");

describe.each(Object.keys(kubectls) as KubectlVersion[])("kubectl %s with a whole cluster", (version) => {
  const why = whyNoBinaries(kubectls[version], "kubectl");

  describe.skipIf(why)(why ?? "on simulated nodes", () => {
    let cluster: TestCluster;
    let home: string;

    beforeAll(async () => {
      home = mkdtempSync(join(tmpdir(), "kybern-kubectl-"));
      const components = "apiserver,controllers,scheduler,node";
      cluster = await TestCluster.start("--components", components, "--nodes", "simulated=3", "--store", "memory");
    });
    afterAll(async () => {
      await cluster?.delete();
      rmSync(home, { recursive: true, force: true });
    });

    const kubectl = (...words: string[]): CommandResult =>
      run(found(kubectls[version]), ["--kubeconfig", cluster.kubeconfig, ...words], { HOME: home });
    const ok = (...words: string[]): string => {
      const { code, stdout, stderr } = kubectl(...words);
      if (code !== 0) throw new Error(`kubectl ${words.join(" ")} failed: ${stderr}${stdout}`);
      return stdout;
    };
    const names = (...words: string[]) =>
      ok("get", ...words, "-o", "name")
        .trim()
        .split("\n")
        .filter(Boolean);

    it("rolls out, pauses, restarts and undoes", () => {
      ok("apply", "-f", web);
      expect(ok("rollout", "status", "deployment/web", "--timeout=60s")).toContain('deployment "web" successfully rolled out\n');
      expect(ok("set", "image", "deployment/web", "web=nginx:1.29")).toBe("deployment.apps/web image updated\n");
      ok("annotate", "deployment/web", "kubernetes.io/change-cause=newer nginx");
      ok("rollout", "status", "deployment/web", "--timeout=60s");
      expect(ok("rollout", "history", "deployment/web")).toBe(
        "deployment.apps/web \nREVISION  CHANGE-CAUSE\n1         <none>\n2         newer nginx\n\n",
      );
      expect(ok("rollout", "history", "deployment/web", "--revision=1")).toContain("Image:\tnginx:1.28");
      expect(ok("rollout", "undo", "deployment/web")).toBe("deployment.apps/web rolled back\n");
      ok("rollout", "status", "deployment/web", "--timeout=60s");
      expect(ok("get", "deployment", "web", "-o", "jsonpath={.spec.template.spec.containers[0].image}")).toBe("nginx:1.28");
      expect(ok("rollout", "restart", "deployment/web")).toBe("deployment.apps/web restarted\n");
      ok("rollout", "status", "deployment/web", "--timeout=60s");
      expect(kubectl("rollout", "undo", "deployment/web", "--to-revision=99").stderr).toContain(
        "error: unable to find specified revision 99 in history\n",
      );
    });

    it("scales and waits", async () => {
      expect(ok("scale", "deployment/web", "--replicas=6")).toBe("deployment.apps/web scaled\n");
      expect(ok("wait", "deployment/web", "--for=jsonpath={.status.readyReplicas}=6", "--timeout=30s")).toBe(
        "deployment.apps/web condition met\n",
      );
      expect(ok("wait", "pods", "-l", "app=web", "--for=condition=Ready", "--timeout=30s").trim().split("\n")).toHaveLength(6);
      expect(ok("get", "deployment", "web")).toMatch(/^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nweb +6\/6 +6 +6 +\d+s\n$/);
      expect(ok("get", "pods", "-l", "app=web", "-o", "wide")).toMatch(
        /^NAME +READY +STATUS +RESTARTS +AGE +IP +NODE +NOMINATED NODE +READINESS GATES\n(web-\w+-\w+ +1\/1 +Running +0 +\d+s +[\d.]+ +simulated-\d +<none> +<none>\n){6}$/,
      );
    });

    it("drains a node, and takes it back", async () => {
      const drained = ok("drain", "simulated-1", "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=60s");
      expect(drained).toMatch(/^node\/simulated-1 cordoned\n(evicting pod .*\n|pod\/.* evicted\n)*node\/simulated-1 drained\n$/);
      expect(names("pods", "--field-selector=spec.nodeName=simulated-1")).toEqual([]);
      expect(ok("get", "node", "simulated-1")).toMatch(/ Ready,SchedulingDisabled /);
      ok("wait", "deployment/web", "--for=jsonpath={.status.readyReplicas}=6", "--timeout=30s");
      expect(ok("uncordon", "simulated-1")).toBe("node/simulated-1 uncordoned\n");
    });

    it("shows events", async () => {
      ok("run", "lonely", "--image=nginx", "--restart=Never");
      ok("wait", "pod/lonely", "--for=condition=Ready", "--timeout=30s");
      const events = ok("events", "--for", "pod/lonely");
      expect(events).toMatch(/^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n/);
      for (const reason of ["Scheduled", "Created", "Started"]) expect(events).toMatch(new RegExp(`Normal +${reason} +Pod/lonely `));
      expect(ok("get", "events", "--field-selector=involvedObject.name=lonely,reason=Scheduled", "-o", "name")).toMatch(
        /^event\/lonely\.[0-9a-f]+\n$/,
      );
      expect(ok("describe", "pod", "lonely")).toMatch(
        /Normal +Scheduled +\S+ +default-scheduler +Successfully assigned default\/lonely to simulated-\d\n/,
      );
    });

    it("creates tokens that tell who one is", () => {
      ok("create", "serviceaccount", "robot");
      const token = ok("create", "token", "robot", "--duration=1h").trim();
      const server = ok("config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}");
      const { stdout } = run(
        found(kubectls[version]),
        ["--server", server, "--insecure-skip-tls-verify", "--token", token, "auth", "whoami"],
        {
          HOME: home,
        },
      );
      expect(stdout).toMatch(/Username +system:serviceaccount:default:robot\n/);
      expect(kubectl("auth", "can-i", "list", "secrets", "--as=system:serviceaccount:default:robot").stdout).toBe("no\n");
    });

    it("deletes with each propagation policy", async () => {
      const sets = () => names("replicasets", "-l", "app=web");
      expect(ok("delete", "deployment", "web", "--cascade=orphan")).toMatch(/^deployment\.apps "web" deleted/);
      expect(sets().length).toBeGreaterThan(0);
      ok("apply", "-f", web);
      ok("rollout", "status", "deployment/web", "--timeout=60s");
      expect(ok("delete", "deployment", "web", "--cascade=foreground", "--timeout=60s")).toMatch(/^deployment\.apps "web" deleted/);
      expect([...sets(), ...names("pods", "-l", "app=web")]).toEqual([]);
      ok("apply", "-f", web);
      ok("delete", "deployment", "web");
      await cluster.until("what it owned is collected", () => [...sets(), ...names("pods", "-l", "app=web")].length === 0);
    });

    it("deletes a namespace with all that is in it", () => {
      ok("create", "namespace", "gone");
      ok("apply", "--namespace", "gone", "-f", web);
      expect(ok("delete", "namespace", "gone", "--timeout=60s")).toBe('namespace "gone" deleted\n');
      expect(kubectl("get", "namespace", "gone").stderr).toBe('Error from server (NotFound): namespaces "gone" not found\n');
    });
  });
});
