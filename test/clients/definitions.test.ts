import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestCluster } from "../harness/cluster.ts";
import { whyNoBinaries } from "./binaries.ts";

/** Where Go keeps the files of a module; undefined where it can't be had. */
function moduleDirectory(module: string): string | undefined {
  const { status, stdout } = spawnSync("go", ["mod", "download", "-json", module], { encoding: "utf8", timeout: 100_000 });
  return status === 0 ? (JSON.parse(stdout) as { Dir: string }).Dir : undefined;
}

const withoutKubectl = whyNoBinaries("kubectl");
const gateway = withoutKubectl ? undefined : moduleDirectory("sigs.k8s.io/gateway-api@v1.6.3");
const prometheus = withoutKubectl ? undefined : moduleDirectory("github.com/prometheus-operator/prometheus-operator@v0.85.0");
const why = withoutKubectl ?? (gateway && prometheus ? undefined : "Go has not the modules that the definitions are in");

const files = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".yaml") && !name.includes("kustomization"))
    .sort()
    .map((name) => join(directory, name));

describe.skipIf(why)(`definitions that others have written${why ? ` (${why})` : ""}`, () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start("--components", "apiserver", "--nodes", "none", "--store", "memory");
    for (const name of ["infra-ns", "site-ns", "store-ns"]) cluster.ok("create", "namespace", name);
  });
  afterAll(() => cluster?.delete());

  /** Applies the definitions and waits until they are served. */
  const install = (directory: string): string[] => {
    const paths = files(directory).flatMap((file) => ["-f", file]);
    const applied = cluster.ok("apply", "--server-side", ...paths).match(/^customresourcedefinition\S+(?= )/gm) ?? [];
    cluster.ok("wait", "--for=condition=Established", "--timeout=20s", ...applied);
    return applied;
  };
  const refusalsOf = (...paths: string[]): string[] => {
    const { stderr } = cluster.kubectl("create", "--dry-run=server", ...paths.flatMap((file) => ["-f", file]));
    return stderr.split("\n").filter((line) => /is invalid|error validating|strict decoding|no matches for kind/.test(line));
  };

  it("of the Gateway API are served, take its examples and refuse those that are wrong", () => {
    const root = gateway as string;
    expect(install(join(root, "config", "crd", "experimental")).length).toBeGreaterThan(10);
    expect(refusalsOf(...files(join(root, "examples", "standard")), ...files(join(root, "examples", "experimental")))).toEqual([]);
    const wrong = files(join(root, "hack", "invalid-examples"));
    expect(wrong.length).toBeGreaterThan(30);
    expect(wrong.filter((file) => !/ is invalid: /.test(cluster.kubectl("create", "-f", file).stderr))).toEqual([]);
  });

  it("of the Prometheus operator are served, take its examples and refuse what they don't allow", () => {
    const root = join(prometheus as string, "example");
    expect(install(join(root, "prometheus-operator-crd"))).toHaveLength(10);
    // A file of these is Alertmanager's own configuration.
    const guides = ["alerting", "getting-started"].flatMap((guide) => files(join(root, "user-guides", guide)));
    expect(refusalsOf(...guides.filter((file) => !file.endsWith("/alertmanager.yaml")))).toEqual([]);
    const rule = { apiVersion: "monitoring.coreos.com/v1", kind: "PrometheusRule", metadata: { name: "wrong" } };
    const spec = { groups: [{ name: "a", rules: [{ alert: "A", expr: "x", for: "soon" }] }] };
    expect(cluster.feed(JSON.stringify({ ...rule, spec }), "create", "-f", "-").stderr).toBe(
      'The PrometheusRule "wrong" is invalid: spec.groups[0].rules[0].for: Invalid value: "soon": spec.groups[0].rules[0].for in body should match \'^(0|(([0-9]+)y)?(([0-9]+)w)?(([0-9]+)d)?(([0-9]+)h)?(([0-9]+)m)?(([0-9]+)s)?(([0-9]+)ms)?)$\'\n',
    );
  });
});
