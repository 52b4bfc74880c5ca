import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestCluster, whyNoKubectl } from "./harness/cluster.ts";

const why = whyNoKubectl();
const removed = [
  "apps/v1beta1",
  "apps/v1beta2",
  "batch/v1beta1",
  "extensions/v1beta1",
  "networking.k8s.io/v1beta1",
  "policy/v1beta1",
  "v1beta1",
  "v1beta2",
  "v1beta3",
];

const deployment = `apiVersion: extensions/v1beta1
kind: Deployment
metadata: {name: old}
spec:
  template:
    metadata: {labels: {app: old}}
    spec: {containers: [{name: c, image: busybox}]}
`;

describe.skipIf(why)(`--legacy-versions${why ? ` (${why})` : ""}`, () => {
  let cluster: TestCluster;
  const served = () => cluster.ok("api-versions").trim().split("\n");

  beforeAll(async () => {
    cluster = await TestCluster.start("--nodes", "none", "--components", "apiserver,controllers,scheduler");
  });
  afterAll(() => cluster?.delete());

  it("is on by default: old manifests work, with a warning", () => {
    expect(served()).toEqual(expect.arrayContaining(removed));
    const result = cluster.feed(deployment, "create", "-f", "-");
    expect(result).toMatchObject({ code: 0, stdout: "deployment.extensions/old created\n" });
    expect(result.stderr).toContain(
      "Warning: extensions/v1beta1 Deployment is deprecated in v1.9+, unavailable in v1.16+; use apps/v1 Deployment\n",
    );
  });

  it("off, only today's versions are served; what was made stays", async () => {
    await cluster.stop();
    await cluster.start("--legacy-versions", "false");
    expect(served().filter((version) => removed.includes(version))).toEqual([]);
    expect(cluster.feed(deployment, "create", "--validate=false", "-f", "-")).toMatchObject({
      code: 1,
      stderr:
        'error: resource mapping not found for name: "old" namespace: "" from "STDIN": no matches for kind "Deployment" in version "extensions/v1beta1"\nensure CRDs are installed first\n',
    });
    expect(cluster.ok("get", "deployment", "old", "-o", "jsonpath={.apiVersion}")).toBe("apps/v1");
  });

  it("takes nothing else, and is in the help", () => {
    expect(cluster.kybern("up", "--legacy-versions", "maybe")).toMatchObject({
      code: 2,
      stderr: 'kybern: --legacy-versions takes true or false; not "maybe"\n',
    });
    expect(cluster.kybern("up", "--help").stdout).toContain("--legacy-versions <true|false>");
  });
});
