import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CommandResult, TestCluster } from "../harness/cluster.ts";
import { found, run, whyNoBinaries } from "./binaries.ts";

const why = whyNoBinaries("helm", "kubectl");
const chart = join(import.meta.dirname, "chart");

describe.skipIf(why)(`helm${why ? ` (${why})` : ""}`, () => {
  let cluster: TestCluster;
  let home: string;

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), "kybern-helm-"));
    cluster = await TestCluster.start(
      "--components",
      "apiserver,controllers,scheduler,node",
      "--nodes",
      "simulated=3",
      "--store",
      "memory",
    );
  });
  afterAll(async () => {
    await cluster?.delete();
    rmSync(home, { recursive: true, force: true });
  });

  const helm = (...words: string[]): CommandResult =>
    run(found("helm"), ["--kubeconfig", cluster.kubeconfig, "--namespace", "shops", ...words], { HOME: home });
  const ok = (...words: string[]): string => {
    const { code, stdout, stderr } = helm(...words);
    if (code !== 0) throw new Error(`helm ${words.join(" ")} failed: ${stderr}${stdout}\n${cluster.ok("get", "pods,jobs,events", "-A")}`);
    return stdout;
  };
  const json = <T>(...words: string[]): T => JSON.parse(ok(...words, "-o", "json")) as T;
  const value = (resource: string, path: string) => cluster.ok("get", resource, "--namespace", "shops", "-o", `jsonpath={${path}}`);
  const hooks = () => cluster.ok("get", "jobs", "--namespace", "shops", "-o", "name").trim().split("\n");

  it("installs a chart with hooks, and waits until it is ready", () => {
    const printed = ok("install", "shop", chart, "--create-namespace", "--wait", "--wait-for-jobs", "--timeout", "60s");
    expect(printed).toMatch(
      /^NAME: shop\nLAST DEPLOYED: .*\nNAMESPACE: shops\nSTATUS: deployed\nREVISION: 1\nNOTES:\nshop is in shops, revision 1\.\n$/,
    );
    expect(value("deployment/shop", ".status.availableReplicas")).toBe("2");
    expect(value("configmap/shop", ".data.message")).toBe("hello");
    expect(value("configmap/shop", ".data.version")).toMatch(/^v1\.36\./);
    expect(value("configmap/shop", ".metadata.labels.served")).toBe("true");
    expect(value("crontab/shop", ".spec.cronSpec")).toBe("* * * * */5");
    expect(hooks()).toEqual(["job.batch/shop-post-install", "job.batch/shop-pre-install"]);
  });

  it("refuses to install it again", () => {
    expect(helm("install", "shop", chart).stderr).toContain("Error: INSTALLATION FAILED: cannot re-use a name that is still in use");
  });

  it("tests it", () => {
    expect(ok("test", "shop", "--timeout", "60s")).toMatch(
      /TEST SUITE: {5}shop-answers\nLast Started: .*\nLast Completed: .*\nPhase: {10}Succeeded\n/,
    );
  });

  it("upgrades it", () => {
    ok("upgrade", "shop", chart, "--set", "replicas=3,message=again", "--wait", "--timeout", "60s");
    expect(value("deployment/shop", ".status.availableReplicas")).toBe("3");
    expect(value("configmap/shop", ".data.message")).toBe("again");
    expect(hooks()).toContain("job.batch/shop-post-upgrade");
  });

  it("says what a failed upgrade was refused for, and changes nothing", () => {
    const { code, stderr } = helm("upgrade", "shop", chart, "--set", "replicas=-1");
    expect(code).toBe(1);
    expect(stderr).toContain(
      'Error: UPGRADE FAILED: cannot patch "shop" with kind Deployment: Deployment.apps "shop" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    );
    expect(value("deployment/shop", ".spec.replicas")).toBe("3");
  });

  it("rolls it back", () => {
    expect(ok("rollback", "shop", "1", "--wait", "--timeout", "60s")).toBe("Rollback was a success! Happy Helming!\n");
    expect(value("deployment/shop", ".spec.replicas")).toBe("2");
    expect(value("configmap/shop", ".data.message")).toBe("hello");
  });

  it("tells status, history, values and manifest", () => {
    expect(json<{ info: { status: string } }>("status", "shop").info.status).toBe("deployed");
    const history = json<{ revision: number; status: string; description: string }[]>("history", "shop");
    expect(history.map(({ revision, status }) => `${revision} ${status}`)).toEqual([
      "1 superseded",
      "2 superseded",
      "3 failed",
      "4 deployed",
    ]);
    expect(history.at(-1)?.description).toBe("Rollback to 1");
    expect(json<{ name: string; revision: string; chart: string }[]>("list")).toMatchObject([
      { name: "shop", namespace: "shops", revision: "4", status: "deployed", chart: "shop-0.1.0", app_version: "1" },
    ]);
    expect(json("get", "values", "shop", "--revision", "2")).toEqual({ message: "again", replicas: 3 });
    expect(ok("get", "manifest", "shop")).toContain("kind: Deployment");
    expect(ok("get", "hooks", "shop")).toContain("helm.sh/hook: pre-install");
  });

  it("plans with a dry run on the server's side", () => {
    expect(ok("install", "other", chart, "--dry-run=server")).toContain("STATUS: pending-install");
    expect(helm("status", "other").stderr).toBe("Error: release: not found\n");
  });

  it("uninstalls it", () => {
    expect(ok("uninstall", "shop", "--wait", "--timeout", "60s")).toBe('release "shop" uninstalled\n');
    expect(json("list", "--all")).toEqual([]);
    expect(cluster.ok("get", "deployments,services,configmaps,secrets", "--namespace", "shops", "-o", "name")).toBe(
      "configmap/kube-root-ca.crt\n",
    );
    expect(hooks()).toContain("job.batch/shop-post-delete");
  });
});
