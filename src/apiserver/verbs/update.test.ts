import { expect, it } from "vitest";
import { TestServer } from "../testing/test-server.ts";

const pods = "/api/v1/namespaces/default/pods";
const deployments = "/apis/apps/v1/namespaces/default/deployments";

it("a state that was stored without a default gets it with the next update of something else", async () => {
  const test = await TestServer.started();
  const template = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "web", image: "nginx" }] } };
  await test.post(deployments, { metadata: { name: "a" }, spec: { selector: { matchLabels: { a: "b" } }, template } });
  const key = "/registry/deployments/default/a";
  const { revision, value, managedFields } = test.store.latest(key) ?? (undefined as never);
  const { progressDeadlineSeconds: _, ...older } = value.spec as Record<string, unknown>;
  const stored = await test.store.put(key, revision, { ...value, spec: older }, managedFields);
  expect(Object.isFrozen(stored.value.spec)).toBe(true);

  const { status, body } = await test.patch(`${deployments}/a`, "merge", { metadata: { annotations: { a: "b" } } });
  expect(status).toBe(200);
  expect(body.spec).toMatchObject({ progressDeadlineSeconds: 600 });
  expect(stored.value.spec).not.toHaveProperty("progressDeadlineSeconds");
});

it("a state shares with the one before it what an update leaves alone", async () => {
  const test = await TestServer.started();
  await test.post(pods, { metadata: { name: "a" }, spec: { containers: [{ name: "web", image: "nginx" }] } });
  const spec = () => test.store.latest("/registry/pods/default/a")?.value.spec;
  const first = spec();
  const { body } = await test.patch(`${pods}/a`, "merge", { metadata: { annotations: { a: "b" } } });
  expect(spec()).toBe(first);
  await test.put(`${pods}/a/status`, { ...body, metadata: { name: "a" }, status: { phase: "Running" } });
  expect(test.store.latest("/registry/pods/default/a")?.value.status).toMatchObject({ phase: "Running" });
  expect(spec()).toBe(first);
});
