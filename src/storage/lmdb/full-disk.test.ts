import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { VirtualClock } from "../../machinery/clock.ts";
import { StatusError } from "../../machinery/errors.ts";
import { failure } from "../conformance.ts";
import { sampleManagedFields, samplePod } from "../testing/pod-fixture.ts";
import { ScratchDisk, whyNoScratchDisk } from "../testing/scratch-disk.ts";
import { openLmdbStore } from "./lmdb-store.ts";

const reason = whyNoScratchDisk();

it.skipIf(reason !== undefined)(
  `survives a full disk: writes say so, reads go on, and writes work again${reason === undefined ? "" : ` (skipped: ${reason})`}`,
  async () => {
    const disk = new ScratchDisk(16 * 1024 * 1024);
    disk.mount();
    try {
      const directory = join(disk.path, "data");
      const ballast = join(disk.path, "ballast");
      writeFileSync(ballast, new Uint8Array(6 * 1024 * 1024));
      const clock = new VirtualClock();
      let store = await openLmdbStore({ directory, clock });
      const managedFields = sampleManagedFields();
      const acknowledged = new Map<string, number>();
      const seen: number[] = [];
      store.subscribe("/", store.revision, (events) => seen.push(...events.map((event) => event.revision)));
      const errors: unknown[] = [];
      const writer = async (id: number) => {
        for (let i = 0; errors.length === 0; i++) {
          const key = `/registry/pods/default/pod-${id}-${i}`;
          try {
            acknowledged.set(key, (await store.put(key, 0, samplePod("default", `pod-${id}-${i}`), managedFields)).revision);
          } catch (error) {
            errors.push(error);
          }
        }
      };
      await Promise.all(Array.from({ length: 16 }, (_, id) => writer(id)));
      const text = `the disk of the data directory ${directory} is full (ENOSPC: no space left on device, write): nothing can be written until space is freed`;
      expect(errors[0]).toBeInstanceOf(StatusError);
      expect(errors[0]).toMatchObject({ code: 503, reason: "ServiceUnavailable", message: text });
      // What is left may do for a small batch.
      errors.length = 0;
      await writer(16);
      expect(errors[0]).toMatchObject({ code: 503, message: text });
      expect(await failure(() => store.put("/registry/pods/default/late", 0, samplePod("default", "late")))).toMatchObject({
        message: text,
      });

      expect(acknowledged.size).toBeGreaterThan(100);
      expect(store.root().count("/")).toBe(acknowledged.size);
      expect(store.latest("/registry/pods/default/late")).toBeUndefined();

      rmSync(ballast);
      const late = await store.put("/registry/pods/default/late", 0, samplePod("default", "late"), managedFields);
      acknowledged.set(late.key, late.revision);
      expect(seen).toEqual([...acknowledged.values()].sort((a, b) => a - b));

      await store.close();
      store = await openLmdbStore({ directory, clock });
      expect(new Map([...store.root().range("/")].map((entry) => [entry.key, entry.revision]))).toEqual(
        new Map([...acknowledged].sort(([a], [b]) => (a < b ? -1 : 1))),
      );
      for (const entry of store.root().range("/")) expect(entry.managedFields).toBe(managedFields);
      await store.close();
    } finally {
      disk.dispose();
    }
  },
);
