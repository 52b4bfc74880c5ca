import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestCluster, whyNoKubectl } from "./harness/cluster.ts";

const why = whyNoKubectl();

const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: crontabs.stable.example.com}
spec:
  group: stable.example.com
  scope: Namespaced
  names: {plural: crontabs, singular: crontab, kind: CronTab, shortNames: [ct], categories: [all]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources:
      status: {}
      scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas}
    additionalPrinterColumns:
    - {name: Spec, type: string, jsonPath: .spec.cronSpec}
    - {name: Replicas, type: integer, jsonPath: .spec.replicas}
    selectableFields: [{jsonPath: .spec.image}]
    schema:
      openAPIV3Schema:
        type: object
        description: Runs something again and again.
        properties:
          spec:
            type: object
            required: [cronSpec]
            properties:
              cronSpec: {type: string, pattern: '^(\\d+|\\*)(/\\d+)?(\\s+(\\d+|\\*)(/\\d+)?){4}$', description: When it runs.}
              image: {type: string}
              replicas: {type: integer, minimum: 1, maximum: 10, default: 1}
          status:
            type: object
            properties: {replicas: {type: integer}}
`;
const cronTab = (name: string, spec: string) => `apiVersion: stable.example.com/v1
kind: CronTab
metadata: {name: ${name}}
spec: ${spec}
`;

describe.skipIf(why)(`custom resources${why ? ` (${why})` : ""}`, () => {
  let cluster: TestCluster;
  let scratch: string;

  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), "kybern-custom-"));
    cluster = await TestCluster.start("--nodes", "none", "--components", "apiserver", "--store", "memory");
    cluster.feed(definition, "apply", "-f", "-");
    cluster.ok("wait", "--for=condition=Established", "crd/crontabs.stable.example.com", "--timeout=10s");
  });
  afterAll(async () => {
    await cluster?.delete();
    rmSync(scratch, { recursive: true, force: true });
  });

  it("are made, shown and selected like any other", () => {
    expect(cluster.feed(cronTab("a", '{cronSpec: "* * * * */5", image: one}'), "create", "-f", "-").stdout).toBe(
      "crontab.stable.example.com/a created\n",
    );
    cluster.feed(cronTab("b", '{cronSpec: "1 * * * *", image: two, replicas: 2}'), "create", "-f", "-");
    const shown = cluster
      .ok("get", "ct")
      .split("\n")
      .map((line) => line.trim().split(/\s{2,}/));
    expect(shown.slice(0, 3)).toEqual([
      ["NAME", "SPEC", "REPLICAS"],
      ["a", "* * * * */5", "1"],
      ["b", "1 * * * *", "2"],
    ]);
    expect(cluster.ok("get", "crontabs", "--field-selector", "spec.image=two", "-o", "name")).toBe("crontab.stable.example.com/b\n");
    expect(cluster.ok("get", "all", "-o", "name")).toContain("crontab.stable.example.com/a");
  });

  it("are refused in upstream's words", () => {
    const wrong = cluster.feed(cronTab("wrong", '{cronSpec: "never", replicas: 99}'), "create", "-f", "-");
    expect(wrong).toMatchObject({ code: 1 });
    expect(wrong.stderr).toContain('The CronTab "wrong" is invalid: \n');
    expect(wrong.stderr).toContain("* spec.replicas: Invalid value: 99: spec.replicas in body should be less than or equal to 10\n");
    const unknown = cluster.feed(cronTab("wrong", '{cronSpec: "* * * * *", other: 1}'), "create", "-f", "-");
    expect(unknown.stderr).toContain('strict decoding error: unknown field "spec.other"');
  });

  it("are explained", () => {
    const explained = cluster.ok("explain", "crontab.spec");
    expect(explained).toContain("GROUP:      stable.example.com\nKIND:       CronTab\nVERSION:    v1\n");
    expect(explained).toContain("cronSpec\t<string> -required-\n    When it runs.\n");
  });

  it("are applied, by the client and by the server", () => {
    const file = join(scratch, "crontab.yaml");
    writeFileSync(file, cronTab("applied", '{cronSpec: "* * * * *", image: one}'));
    expect(cluster.ok("apply", "-f", file)).toBe("crontab.stable.example.com/applied created\n");
    expect(cluster.ok("apply", "-f", file)).toBe("crontab.stable.example.com/applied unchanged\n");
    writeFileSync(file, cronTab("applied", '{cronSpec: "* * * * *"}'));
    expect(cluster.kubectl("diff", "-f", file)).toMatchObject({ code: 1, stdout: expect.stringContaining("-  image: one\n") });
    expect(cluster.ok("apply", "-f", file)).toBe("crontab.stable.example.com/applied configured\n");
    expect(cluster.ok("get", "ct/applied", "-o", "jsonpath={.spec}")).toBe('{"cronSpec":"* * * * *","replicas":1}');
    writeFileSync(file, cronTab("served", '{cronSpec: "* * * * *"}'));
    expect(cluster.ok("apply", "--server-side", "-f", file)).toBe("crontab.stable.example.com/served serverside-applied\n");
  });

  it("are patched, scaled and edited", () => {
    expect(cluster.ok("scale", "ct/a", "--replicas=3")).toBe("crontab.stable.example.com/a scaled\n");
    cluster.ok("patch", "ct/a", "--type=merge", "-p", '{"spec":{"image":"three"}}');
    cluster.ok("patch", "ct/a", "--type=json", "-p", '[{"op":"replace","path":"/spec/cronSpec","value":"2 * * * *"}]');
    cluster.ok("patch", "ct/a", "--subresource=status", "--type=merge", "-p", '{"status":{"replicas":3}}');
    cluster.ok("label", "ct/a", "x=y");
    expect(cluster.ok("get", "ct/a", "-o", "jsonpath={.spec} {.status} {.metadata.generation}")).toBe(
      '{"cronSpec":"2 * * * *","image":"three","replicas":3} {"replicas":3} 4',
    );
  });

  it("go with their definition", () => {
    expect(cluster.ok("delete", "crd", "crontabs.stable.example.com", "--timeout=20s")).toContain("deleted");
    const gone = cluster.kubectl("get", "crontabs");
    expect(gone.code).toBe(1);
    expect(gone.stderr).toContain("the server could not find the requested resource");
  });
});
