import { realpath, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { matchesNodeSelector } from "../../api/core/node-affinity.ts";
import type { PersistentVolume } from "../../api/core/v1.ts";
import { persistentvolumes } from "../../api/refs.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import { startController } from "../../client/controller.ts";
import { createEventRecorder } from "../../client/event-recorder.ts";
import type { InformerFactory } from "../../client/informer.ts";
import { provisionedBy } from "../../controllers/persistentvolume/binder.ts";
import { localPathProvisioner } from "../../controllers/persistentvolume/local-path.ts";
import { isConflict, isNotFound } from "../../machinery/errors.ts";
import { nameOf, uidOf } from "../../machinery/object.ts";
import { MountPoints } from "./mount-points.ts";

export interface LocalPathCleanerDeps extends ComponentDeps {
  informers: InformerFactory;
  nodeName: string;
  /** Below it are the volumes of the local class; nothing outside is ever removed. */
  directory: string;
}

/** Removes the directories of this node's local volumes when their claims are gone, then the volumes. */
export function startLocalPathCleaner(deps: LocalPathCleanerDeps): Component {
  const { client, informers, logger } = deps;
  const volumes = informers.informer(persistentvolumes);
  const recorder = createEventRecorder({ ...deps, component: "kybern-local-path", host: deps.nodeName });
  const controller = startController({
    name: "local-path-cleaner",
    deps,
    informers: [volumes],
    workers: 1,
    setup(queue, on) {
      const enqueue = (volume: PersistentVolume) => {
        if (isForCleaning(volume, deps.nodeName)) queue.add(nameOf(volume));
      };
      on(volumes, { add: enqueue, update: enqueue });
    },
    async sync(name) {
      const volume = volumes.get(name);
      if (!volume || !isForCleaning(volume, deps.nodeName)) return;
      const path = volume.spec?.hostPath?.path ?? "";
      try {
        await removeVolumeDirectory(path, deps.directory);
      } catch (error) {
        recorder.event(volume, "Warning", "VolumeFailedDelete", error instanceof Error ? error.message : String(error));
        throw error;
      }
      if (volume.metadata.deletionTimestamp) return;
      try {
        await client.delete(persistentvolumes, name, { preconditions: { uid: uidOf(volume) } });
        logger.info("removed a local volume whose claim is gone", { volume: name });
      } catch (error) {
        if (!isNotFound(error) && !isConflict(error)) throw error;
      }
    },
  });
  return {
    async stop() {
      await controller.stop();
      await recorder.stop();
    },
  };
}

function isForCleaning(volume: PersistentVolume, nodeName: string): boolean {
  const { spec, status } = volume;
  const affinity = spec?.nodeAffinity?.required;
  return (
    volume.metadata.annotations?.[provisionedBy] === localPathProvisioner &&
    status?.phase === "Released" &&
    spec?.persistentVolumeReclaimPolicy === "Delete" &&
    affinity !== undefined &&
    matchesNodeSelector(affinity, { metadata: { name: nodeName, labels: { "kubernetes.io/hostname": nodeName } } })
  );
}

async function removeVolumeDirectory(path: string, directory: string): Promise<void> {
  const base = resolve(directory);
  // Volumes are direct children. The path comes from an object that others may write.
  if (resolve(path) !== path || dirname(path) !== base) throw new Error(`${path} is not a volume below ${base}; it is left as it is`);
  const parent = await realpath(base).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (parent === undefined) return;
  const target = join(parent, basename(path));
  const [mounted] = await new MountPoints().within(target);
  if (mounted !== undefined) throw new Error(`${mounted} is a mount point; the volume ${path} is left as it is`);
  await rm(target, { recursive: true, force: true });
}
