import { describe, expect, it } from "vitest";
import { TestServer } from "../testing/test-server.ts";

const deployments = "/apis/apps/v1/namespaces/default/deployments";

async function withDeployment(): Promise<TestServer> {
  const test = await TestServer.started();
  const template = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "web", image: "nginx" }] } };
  await test.post(deployments, { metadata: { name: "web" }, spec: { selector: { matchLabels: { a: "b" } }, template } });
  return test;
}

describe("a strategic merge patch that makes no object of the kind", () => {
  it.each([
    [{ spec: { replicas: "x" } }, "map[spec:map[replicas:x]]", "unrecognized type: int32"],
    [{ spec: { paused: 1 } }, "map[spec:map[paused:1]]", "unrecognized type: bool"],
    [{ spec: { template: 7 } }, "map[spec:map[template:7]]", "cannot restore struct from: int64"],
    [{ metadata: { labels: "x" } }, "map[metadata:map[labels:x]]", "cannot restore map from string"],
  ])("%j", async (body, shown, detail) => {
    const test = await withDeployment();
    const answer = await test.patch(`${deployments}/web`, "strategic-merge", body);
    expect(answer.body).toMatchObject({ code: 422, message: ` "" is invalid: patch: Invalid value: "${shown}": ${detail}` });
  });

  it("is shown without what it says of lists, and its unknown fields in the order of their paths", async () => {
    const test = await withDeployment();
    const containers = [{ name: "web", imagePullPolcy: "Always" }];
    const spec = { "$setElementOrder/containers": [{ name: "web" }], containers };
    const answer = await test.patch(`${deployments}/web?fieldValidation=Strict`, "strategic-merge", {
      spec: { template: { spec }, replicas: 2, replica: 2 },
    });
    expect(answer.body.message).toBe(
      ' "" is invalid: patch: Invalid value: "map[spec:map[replica:2 replicas:2 template:map[spec:map[]]]]": strict decoding error: ' +
        'unknown field "spec.replica", unknown field "spec.template.spec.containers[0].imagePullPolcy"',
    );
  });
});

it("a merge patch is shown by its outcome", async () => {
  const test = await withDeployment();
  await test.post("/api/v1/namespaces/default/configmaps", { metadata: { name: "a" } });
  const answer = await test.patch("/api/v1/namespaces/default/configmaps/a", "merge", { data: 7 });
  expect(answer.body.message).toContain(String.raw`patch: Invalid value: "{\"`);
  expect(answer.body.message).toContain('": json: cannot unmarshal number into Go struct field ConfigMap.data of type map[string]string');
});
