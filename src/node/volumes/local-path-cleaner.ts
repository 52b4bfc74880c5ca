import { realpath, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { matchesNodeSelector } from "../../api/core/node-affinity.ts";
import type { NodeSelector, PersistentVolume } from "../../api/core/v1.ts";
import { persistentvolumes } from "../../api/refs.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import { startController } from "../../client/controller.ts";
import { createEventRecorder, type EventRecorder } from "../../client/event-recorder.ts";
import type { InformerFactory } from "../../client/informer.ts";
import { provisionedBy } from "../../controllers/persistentvolume/binder.ts";
import { localPathProvisioner, reclaimFinalizer } from "../../controllers/persistentvolume/local-path.ts";
import { isConflict, isNotFound } from "../../machinery/errors.ts";
import { nameOf, uidOf } from "../../machinery/object.ts";
import { MountPoints } from "./mount-points.ts";

export interface LocalPathCleanerDeps extends ComponentDeps {
  informers: InformerFactory;
  /** Whether the volumes of the node of that name are looked after here. */
  isOurs(node: string): boolean;
  /** Below it are the volumes of the local class; nothing outside is ever removed. */
  directory: string;
}

/**
 * Removes the directories of local volumes when their claims are gone, then the volumes, of a node or of many. A finalizer sees to it
 * that a volume which a person deletes doesn't go before its directory has.
 */
export function startLocalPathCleaner(deps: LocalPathCleanerDeps): Component {
  const { client, informers, logger } = deps;
  const volumes = informers.informer(persistentvolumes);
  const recorders = new Map<string, EventRecorder>();
  const controller = startController({
    name: "local-path-cleaner",
    deps,
    informers: [volumes],
    workers: 1,
    setup(queue, on) {
      const enqueue = (volume: PersistentVolume) => {
        if (taskOf(volume, deps)) queue.add(nameOf(volume));
      };
      on(volumes, { add: enqueue, update: enqueue });
    },
    async sync(name) {
      const volume = volumes.get(name);
      if (!volume) return;
      const task = taskOf(volume, deps);
      if (task?.what === "hold") await setHeld(volume, true);
      else if (task?.what === "let go") await setHeld(volume, false);
      else if (task?.what === "remove") await remove(volume, task.node);
    },
  });

  function recorderOf(host: string): EventRecorder {
    let recorder = recorders.get(host);
    if (!recorder) {
      recorder = createEventRecorder({ ...deps, component: "kybern-local-path", host });
      recorders.set(host, recorder);
    }
    return recorder;
  }

  async function remove(volume: PersistentVolume, node: string): Promise<void> {
    try {
      await removeVolumeDirectory(volume.spec?.hostPath?.path ?? "", deps.directory);
    } catch (error) {
      recorderOf(node).event(volume, "Warning", "VolumeFailedDelete", error instanceof Error ? error.message : String(error));
      throw error;
    }
    try {
      if (volume.metadata.deletionTimestamp) await setHeld(volume, false);
      else {
        await client.delete(persistentvolumes, nameOf(volume), { preconditions: { uid: uidOf(volume) } });
        logger.info("removed a local volume whose claim is gone", { volume: nameOf(volume) });
      }
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  }

  async function setHeld(volume: PersistentVolume, held: boolean): Promise<void> {
    const others = (volume.metadata.finalizers ?? []).filter((finalizer) => finalizer !== reclaimFinalizer);
    const finalizers = held ? [...others, reclaimFinalizer] : others;
    await client.update(persistentvolumes, { ...volume, metadata: { ...volume.metadata, finalizers } });
  }

  return {
    async stop() {
      await controller.stop();
      await Promise.all([...recorders.values()].map((recorder) => recorder.stop()));
    },
  };
}

interface Task {
  node: string;
  what: "remove" | "hold" | "let go";
}

/** What is to be done with a volume; nothing with those of others. */
function taskOf(volume: PersistentVolume, deps: Pick<LocalPathCleanerDeps, "isOurs">): Task | undefined {
  const { metadata, spec, status } = volume;
  const affinity = spec?.nodeAffinity?.required;
  if (metadata.annotations?.[provisionedBy] !== localPathProvisioner || affinity === undefined) return undefined;
  const node = namesIn(affinity).find(
    (name) => deps.isOurs(name) && matchesNodeSelector(affinity, { metadata: { name, labels: { "kubernetes.io/hostname": name } } }),
  );
  if (node === undefined) return undefined;
  const held = metadata.finalizers?.includes(reclaimFinalizer) ?? false;
  const keeps = spec?.persistentVolumeReclaimPolicy !== "Delete";
  if (status?.phase === "Released" && !keeps) return metadata.deletionTimestamp && !held ? undefined : { node, what: "remove" };
  // The policy may be changed at any time; who keeps the data doesn't hold the volume.
  if (held && keeps) return { node, what: "let go" };
  return held || keeps || metadata.deletionTimestamp ? undefined : { node, what: "hold" };
}

/** The provisioner names the node in so many words. */
function namesIn({ nodeSelectorTerms }: NodeSelector): string[] {
  return nodeSelectorTerms.flatMap(({ matchExpressions = [], matchFields = [] }) =>
    [...matchExpressions, ...matchFields].flatMap(({ values = [] }) => values),
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
