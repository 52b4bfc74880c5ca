import { expect, it } from "vitest";
import type { EventRecorder } from "../../client/event-recorder.ts";
import { VirtualClock } from "../../machinery/clock.ts";
import { silentLogger } from "../../machinery/logger.ts";
import type { Container, Image } from "../runtime/runtime.ts";
import { SimulatedRuntime } from "../runtime/simulated/simulated-runtime.ts";
import { startImageCollector } from "./image-collector.ts";

class FullRuntime extends SimulatedRuntime {
  images = new Map<string, Image>();
  used: string[] = [];

  override async listImages(): Promise<Image[]> {
    return [...this.images.values()];
  }
  override async listContainers(): Promise<Container[]> {
    return this.used.map((imageId) => ({ imageId, image: "", imageRef: "" }) as Container);
  }
  override async removeImage(reference: string): Promise<void> {
    for (const [name, image] of this.images) if (image.id === reference || image.repoTags.includes(reference)) this.images.delete(name);
  }
  override async imageFsInfo() {
    return [{ timestamp: 0, mountpoint: "/images", usedBytes: 0, inodesUsed: 0 }];
  }
  add(name: string, pinned = false): void {
    this.images.set(name, { id: `sha256:${name}`, repoTags: [name], repoDigests: [], sizeBytes: 100, username: "", pinned });
  }
}

it("frees the disk to the low mark, the longest unused first, and tells when it can't", async () => {
  const clock = new VirtualClock();
  const runtime = new FullRuntime({ clock });
  const told: string[] = [];
  const recorder: EventRecorder = {
    event: (_node, type, reason, message) => told.push(`${type} ${reason} ${message}`),
    stop: async () => {},
  };
  let availableBytes = 500;
  runtime.add("pinned", true);
  runtime.add("running");
  runtime.add("recent");
  runtime.add("old");
  runtime.add("older");
  runtime.used = ["sha256:running", "sha256:old", "sha256:recent"];
  const stopping = new AbortController();
  const collector = startImageCollector(
    { clock, logger: silentLogger, signal: stopping.signal, runtime, recorder },
    { nodeName: "n1", disk: async () => ({ capacityBytes: 1000, availableBytes }) },
  );
  await clock.advance(1);
  runtime.used = ["sha256:running", "sha256:recent"];
  await clock.advance(300_000);
  runtime.used = ["sha256:running"];
  await clock.advance(300_000);
  expect(runtime.images.size).toBe(5);

  availableBytes = 100;
  runtime.add("new");
  await clock.advance(300_000);
  expect([...runtime.images.keys()]).toEqual(["pinned", "running", "recent", "old", "new"]);
  expect(told).toEqual([]);

  availableBytes = 0;
  await clock.advance(300_000);
  expect([...runtime.images.keys()]).toEqual(["pinned", "running", "recent"]);
  await clock.advance(300_000);
  expect([...runtime.images.keys()]).toEqual(["pinned", "running"]);
  expect(told).toEqual([
    "Warning FreeDiskSpaceFailed Failed to garbage collect required amount of images. Attempted to free 200 bytes, but only found 100 bytes eligible to free.",
  ]);
  await collector.stop();
});
