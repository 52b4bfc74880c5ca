import { expect, it } from "vitest";
import { deployments } from "../api/refs.ts";
import { VirtualClock } from "../machinery/clock.ts";
import { conflict } from "../machinery/errors.ts";
import { retryOnConflict, updateStatusIfChanged } from "./retry.ts";
import { createMemoryClient } from "./testing/memory-client.ts";

const refused = conflict({ group: "", resource: "pods" }, "p", "changed");

it("tries a conflict five times, 10 ms apart", async () => {
  const clock = new VirtualClock(0);
  const times: number[] = [];
  const result = retryOnConflict({ clock }, async () => {
    times.push(clock.now());
    throw refused;
  });
  const outcome = expect(result).rejects.toBe(refused);
  await clock.advance(1000);
  await outcome;
  expect(times).toEqual([0, 10, 20, 30, 40]);
});

it("passes results and other errors on at once", async () => {
  const clock = new VirtualClock(0);
  expect(await retryOnConflict({ clock }, async () => 1)).toBe(1);
  await expect(retryOnConflict({ clock }, () => Promise.reject(new Error("other")))).rejects.toThrow("other");
  expect(clock.nextTimer()).toBeUndefined();
});

it("writes a status only when it differs", async () => {
  const client = createMemoryClient({ clock: new VirtualClock() });
  const [web] = client.seed(deployments, {
    metadata: { namespace: "default", name: "web" },
    spec: { selector: {}, template: {} },
    status: { replicas: 1 },
  });
  const deployment = web as NonNullable<typeof web>;
  expect(await updateStatusIfChanged(client, deployments, deployment, { replicas: 1 })).toBe(deployment);
  expect(client.writes()).toEqual([]);
  const updated = await updateStatusIfChanged(client, deployments, deployment, { replicas: 2 });
  expect(updated.status).toEqual({ replicas: 2 });
  expect(client.writes()).toEqual(["update deployments/status default/web"]);
});
