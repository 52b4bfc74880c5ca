import { describe, expect, it } from "vitest";
import { pod } from "../../testing/pods.ts";
import { TestServer } from "../../testing/test-server.ts";

const pods = "/api/v1/namespaces/default/pods";
const label = (test: TestServer, labels: Record<string, string>) => {
  const named = Object.fromEntries(Object.entries(labels).map(([name, value]) => [`pod-security.kubernetes.io/${name}`, value]));
  return test.patch("/api/v1/namespaces/default", "merge", { metadata: { labels: named } });
};

// Each control in each version is compared with kube-apiserver: parity/corpus/pod-security.ts.
describe("pod security", () => {
  it("is what the namespace's labels say", async () => {
    const test = await TestServer.started();
    expect((await test.post(pods, pod("old", { spec: { hostPID: true } }))).status).toBe(201);
    const labelled = await label(test, { enforce: "baseline", warn: "restricted" });
    expect(labelled.headers.warning).toEqual([
      '299 - "existing pods in namespace \\"default\\" violate the new PodSecurity enforce level \\"baseline:latest\\""',
      '299 - "old: host namespaces"',
    ]);
    expect((await test.post(pods, pod("p", { spec: { hostPID: true } }))).body.message).toBe(
      'pods "p" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostPID=true)',
    );
    const made = await test.post(pods, pod("p"));
    expect(made.status).toBe(201);
    expect(String(made.headers.warning)).toMatch(
      /^299 - "would violate PodSecurity \\"restricted:latest\\": allowPrivilegeEscalation != false/,
    );
  });

  it("takes no labels that it doesn't understand", async () => {
    const test = await TestServer.started();
    expect((await label(test, { enforce: "strict" })).body).toMatchObject({
      code: 422,
      message:
        'Namespace "default" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": must be one of privileged, baseline, restricted',
    });
  });
});
