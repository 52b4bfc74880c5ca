import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { chooseNodePortRange } from "../node/network/ranges.ts";
import { otherClusters } from "./other-clusters.ts";

describe.skipIf(process.getuid?.() !== 0)("the clusters of a machine", () => {
  const scratch = mkdtempSync(join(tmpdir(), "kybern-clusters-"));
  const registry = join(scratch, "registry");
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  /** Registers a cluster that takes the next range of node ports, as `kybern up` does. */
  const makeCluster = async (name: string) => {
    const directory = join(scratch, name);
    const { nodePortRanges } = await otherClusters(directory, registry);
    const nodePortRange = chooseNodePortRange(nodePortRanges);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "cluster.json"), JSON.stringify({ formatVersion: 1, id: name, nodePortRange, port: 6443 }));
    return { directory, nodePortRange };
  };

  it("leave what they had chosen to others when their data is gone", async () => {
    const kept = await makeCluster("kept");
    for (let round = 0; round < 30; round++) {
      const { directory, nodePortRange } = await makeCluster(`round${round}`);
      expect(nodePortRange).toBe("27000-29767");
      rmSync(directory, { recursive: true });
    }
    const asked = join(scratch, "asked");
    expect(await otherClusters(asked, registry)).toEqual({ cidrs: [], nodePortRanges: [kept.nodePortRange], ports: [6443] });
    expect(readdirSync(registry).sort()).toEqual([asked, kept.directory].map(encodeURIComponent).sort());
  });

  it("stay registered when their record is damaged", async () => {
    const { directory } = await makeCluster("damaged");
    writeFileSync(join(directory, "cluster.json"), "");
    const { nodePortRanges } = await otherClusters(join(scratch, "asked"), registry);
    expect(nodePortRanges).toEqual(["30000-32767"]);
    expect(readdirSync(registry)).toContain(encodeURIComponent(directory));
  });
});
