import { expect, it } from "vitest";
import { VirtualClock } from "../machinery/clock.ts";
import { ClientMetrics } from "./client-metrics.ts";
import { createWorkQueue } from "./work-queue-impl.ts";

function figures(metrics: ClientMetrics): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { name, samples } of metrics.families())
    for (const { labels, suffix, value } of samples())
      if (suffix !== "_bucket" && labels.name === "things") found[name + (suffix ?? "")] = value;
  return found;
}

it("counts what goes through a work queue, and tells how it stands", async () => {
  const clock = new VirtualClock();
  const metrics = new ClientMetrics();
  const stopping = new AbortController();
  const queue = createWorkQueue({ name: "things", clock, signal: stopping.signal, metrics });
  queue.add("a");
  queue.add("a");
  queue.add("b");
  await clock.advance(2000);
  expect(await queue.next()).toBe("a");
  // Worked on again afterwards, it is one add more.
  queue.add("a");
  queue.add("a");
  await clock.advance(3000);
  expect(figures(metrics)).toEqual({
    workqueue_adds_total: 3,
    workqueue_depth: 1,
    workqueue_longest_running_processor_seconds: 3,
    workqueue_queue_duration_seconds_count: 1,
    workqueue_queue_duration_seconds_sum: 2,
    workqueue_retries_total: 0,
    workqueue_unfinished_work_seconds: 3,
    workqueue_work_duration_seconds_count: 0,
    workqueue_work_duration_seconds_sum: 0,
  });
  queue.addRateLimited("a");
  queue.done("a");
  expect(figures(metrics)).toMatchObject({
    workqueue_adds_total: 3,
    workqueue_depth: 2,
    workqueue_retries_total: 1,
    workqueue_unfinished_work_seconds: 0,
    workqueue_work_duration_seconds_sum: 3,
  });
  stopping.abort();
  expect(figures(metrics)).not.toHaveProperty("workqueue_depth");
});
