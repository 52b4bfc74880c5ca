import { statfs } from "node:fs/promises";
import type { ObjectReference } from "../../api/core/v1.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import type { EventRecorder } from "../../client/event-recorder.ts";
import { anySignal } from "../../machinery/any-signal.ts";
import { pause } from "../../machinery/clock.ts";
import type { ContainerRuntime, Image } from "../runtime/runtime.ts";

export interface ImageCollectorOptions {
  nodeName: string;
  /** Images go when this share of the disk is used … */
  highThresholdPercent?: number;
  /** … until no more than this is. */
  lowThresholdPercent?: number;
  /** An image that was first seen or last used more recently stays. */
  minAgeMilliseconds?: number;
  periodMilliseconds?: number;
  /** The size of the file system that holds a path, and what is free of it. */
  disk?(path: string): Promise<{ capacityBytes: number; availableBytes: number }>;
}

type Deps = Pick<ComponentDeps, "clock" | "logger" | "signal"> & { runtime: ContainerRuntime; recorder: EventRecorder };

/** Removes images that nothing uses when the disk fills up, those longest unused first. Pinned images stay. */
export function startImageCollector(deps: Deps, options: ImageCollectorOptions): Component {
  const stopping = new AbortController();
  const signal = anySignal(deps.signal, stopping.signal);
  const collector = new ImageCollector(deps, options);
  const run = async () => {
    while (!signal.aborted) {
      await collector.collect().catch((error: unknown) => {
        deps.logger.warn("images could not be collected; it is tried again", { error: error instanceof Error ? error.message : error });
      });
      await pause(deps.clock, options.periodMilliseconds ?? 300_000, signal);
    }
  };
  const running = run();
  return {
    stop() {
      stopping.abort();
      return running;
    },
  };
}

interface Known {
  firstSeen: number;
  lastUsed: number;
}

class ImageCollector {
  readonly #deps: Deps;
  readonly #options: ImageCollectorOptions;
  readonly #node: ObjectReference;
  readonly #known = new Map<string, Known>();

  constructor(deps: Deps, options: ImageCollectorOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#node = { kind: "Node", name: options.nodeName, uid: options.nodeName };
  }

  async collect(): Promise<void> {
    const { runtime, recorder, logger } = this.#deps;
    const { highThresholdPercent = 85, lowThresholdPercent = 80, disk = diskOf } = this.#options;
    const unused = await this.#unusedImages();
    const mountpoint = (await runtime.imageFsInfo())[0]?.mountpoint;
    if (!mountpoint) return;
    const { capacityBytes, availableBytes } = await disk(mountpoint);
    if (capacityBytes === 0) {
      recorder.event(this.#node, "Warning", "InvalidDiskCapacity", "invalid capacity 0 on image filesystem");
      return;
    }
    const usagePercent = 100 - Math.floor((availableBytes * 100) / capacityBytes);
    if (usagePercent < highThresholdPercent) return;
    const wantedBytes = Math.ceil((capacityBytes * (100 - lowThresholdPercent)) / 100) - availableBytes;
    const freedBytes = await this.#free(unused, wantedBytes);
    if (freedBytes < wantedBytes) {
      const message = `Failed to garbage collect required amount of images. Attempted to free ${wantedBytes} bytes, but only found ${freedBytes} bytes eligible to free.`;
      recorder.event(this.#node, "Warning", "FreeDiskSpaceFailed", message);
      logger.warn("the disk is filling up and unused images don't make up for it", { usagePercent, wantedBytes, freedBytes });
    }
  }

  /** Those that no container of any state has, longest unused first. */
  async #unusedImages(): Promise<Image[]> {
    const { runtime, clock } = this.#deps;
    const now = clock.now();
    const [images, containers] = await Promise.all([runtime.listImages(), runtime.listContainers()]);
    const used = new Set(containers.flatMap(({ image, imageRef, imageId }) => [image, imageRef, imageId]));
    const unused: Image[] = [];
    const present = new Set<string>();
    for (const image of images) {
      present.add(image.id);
      const isUsed = [image.id, ...image.repoTags, ...image.repoDigests].some((name) => used.has(name));
      const known = this.#known.get(image.id) ?? { firstSeen: now, lastUsed: 0 };
      if (isUsed) known.lastUsed = now;
      this.#known.set(image.id, known);
      if (!isUsed && !image.pinned) unused.push(image);
    }
    for (const id of this.#known.keys()) if (!present.has(id)) this.#known.delete(id);
    return unused.sort((a, b) => {
      const [left, right] = [this.#known.get(a.id) as Known, this.#known.get(b.id) as Known];
      return left.lastUsed - right.lastUsed || left.firstSeen - right.firstSeen;
    });
  }

  async #free(images: readonly Image[], wantedBytes: number): Promise<number> {
    const { runtime, clock, logger } = this.#deps;
    const youngest = clock.now() - (this.#options.minAgeMilliseconds ?? 120_000);
    let freedBytes = 0;
    for (const image of images) {
      if (freedBytes >= wantedBytes) break;
      const known = this.#known.get(image.id);
      if (!known || known.firstSeen > youngest || known.lastUsed > youngest) continue;
      try {
        // By every name: an image lives as long as one of them.
        for (const name of image.repoTags.length > 0 ? image.repoTags : [image.id]) await runtime.removeImage(name);
        await runtime.removeImage(image.id);
      } catch (error) {
        logger.warn("an unused image could not be removed", { image: image.repoTags[0] ?? image.id, error: (error as Error).message });
        continue;
      }
      logger.info("removed an unused image to free disk space", { image: image.repoTags[0] ?? image.id, sizeBytes: image.sizeBytes });
      freedBytes += image.sizeBytes;
    }
    return freedBytes;
  }
}

async function diskOf(path: string): Promise<{ capacityBytes: number; availableBytes: number }> {
  const { blocks, bavail, bsize } = await statfs(path);
  return { capacityBytes: blocks * bsize, availableBytes: bavail * bsize };
}
