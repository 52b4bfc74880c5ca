import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestCluster } from "../harness/cluster.ts";
import { found, whyNoBinaries } from "./binaries.ts";
import { areas } from "./kubectl-commands.ts";
import { type KubectlVersion, kubectls, type Printed, runArea, type Transcript } from "./transcript.ts";

/** What kybern has more than kube-apiserver, on purpose: warnings of what it only stores, and figures of usage. */
function withoutOwn(printed: Printed): Printed {
  const stderr = printed.stderr.replace(/^Warning: \w+ is stored; .*\n/gm, "");
  const stdout = printed.stdout.replace(/^.*\bmetrics\.k8s\.io\b.*\n/gm, "");
  return { ...printed, stdout, stderr };
}

describe.each(Object.keys(kubectls) as KubectlVersion[])("kubectl %s prints what it prints with kube-apiserver", (version) => {
  const why = whyNoBinaries(kubectls[version]);
  const recorded = JSON.parse(readFileSync(join(import.meta.dirname, "answers", `kubectl-${version}.json`), "utf8")) as Transcript;

  describe.skipIf(why)(why ?? "with the API server alone", () => {
    let cluster: TestCluster;

    beforeAll(async () => {
      const range = ["--service-cluster-ip-range", "10.97.0.0/16", "--service-node-port-range", "30000-32767"];
      const like = ["--legacy-versions", "false", "--service-account-issuer", "https://kubernetes.default.svc", ...range];
      cluster = await TestCluster.start("--components", "apiserver", "--nodes", "none", "--store", "memory", ...like);
    });
    afterAll(() => cluster?.delete());

    it.each(Object.keys(areas))("%s", (area) => {
      const printed = runArea(area, found(kubectls[version]), version, cluster.kubeconfig).map(withoutOwn);
      expect(printed).toEqual(recorded[area]);
    });
  });
});
