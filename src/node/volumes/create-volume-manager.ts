import { chmod, mkdir, readdir, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import type { Pod, Volume } from "../../api/core/v1.ts";
import type { Client } from "../../client/client.ts";
import type { Clock } from "../../machinery/clock.ts";
import type { Logger } from "../../machinery/logger.ts";
import { nameOf, namespaceOf, uidOf } from "../../machinery/object.ts";
import type { CommandRunner } from "../network/command.ts";
import type { ObjectSource } from "../object-source.ts";
import type { DownwardFacts } from "../pods/downward.ts";
import { presentVersion, writeAtomically } from "./atomic-writer.ts";
import { configMapContents } from "./config-map.ts";
import { downwardContents } from "./downward-api.ts";
import { prepareEmptyDir } from "./empty-dir.ts";
import { prepareHostPath } from "./host-path.ts";
import { MountPoints } from "./mount-points.ts";
import { makeNestedMountPoints } from "./nested-mount-points.ts";
import { setGroupOwnership } from "./ownership.ts";
import { prepareClaim } from "./persistent-volume-claim.ts";
import { projectedContents } from "./projected.ts";
import type { Contents } from "./projected-file.ts";
import { secretContents } from "./secret.ts";
import { ServiceAccountTokens } from "./service-account-tokens.ts";
import { unsupportedVolume } from "./unsupported.ts";
import { type MountedVolume, VolumeError, type VolumeManager } from "./volume-manager.ts";

export interface VolumeManagerOptions {
  /** The agent's directory: volumes are below `pods/<uid>/volumes/<plugin>/<name>` in it, where upstream has them too. */
  root: string;
  objects: ObjectSource;
  client: Client;
  clock: Clock;
  logger: Logger;
  nodeName: string;
  facts(pod: Pod): DownwardFacts;
  /** Gets the image of an image volume; resolves with what the runtime knows it by. Without it, the reference is handed on as it is. */
  pullImage?(pod: Pod, volume: Volume): Promise<string>;
  /** Whether the agent may mount, and give files to others. What runs as root may. */
  privileged?: boolean;
  run?: CommandRunner;
}

export function createVolumeManager(options: VolumeManagerOptions): Required<VolumeManager> {
  return new HostVolumeManager(options);
}

/** What this run of the agent knows of a pod's volumes. */
interface PodVolumes {
  mounted: Map<string, MountedVolume>;
  /** By volume: what its files were last written from. */
  stamps: Map<string, string>;
  /** Calls for one pod take turns. */
  turn: Promise<unknown>;
}

/** The directories under which upstream keeps the volumes that are written from objects, and whether they lie in memory. */
const contentPlugins = {
  configMap: { directory: "kubernetes.io~configmap", inMemory: false },
  secret: { directory: "kubernetes.io~secret", inMemory: true },
  downwardAPI: { directory: "kubernetes.io~downward-api", inMemory: true },
  projected: { directory: "kubernetes.io~projected", inMemory: true },
} as const;

type ContentType = keyof typeof contentPlugins;
const contentTypes = Object.keys(contentPlugins) as ContentType[];

class HostVolumeManager implements VolumeManager {
  readonly #options: VolumeManagerOptions;
  readonly #pods: string;
  readonly #mounts: MountPoints;
  readonly #tokens: ServiceAccountTokens;
  readonly #privileged: boolean;
  readonly #byPod = new Map<string, PodVolumes>();

  constructor(options: VolumeManagerOptions) {
    this.#options = options;
    this.#pods = join(options.root, "pods");
    this.#mounts = new MountPoints(options.run);
    this.#tokens = new ServiceAccountTokens(options);
    this.#privileged = options.privileged ?? process.getuid?.() === 0;
  }

  mount(pod: Pod): Promise<ReadonlyMap<string, MountedVolume>> {
    return this.#inTurn(uidOf(pod), async (state) => {
      const missing = usedVolumes(pod).filter(({ name }) => !state.mounted.has(name));
      await this.#all(missing, async (volume) => {
        state.mounted.set(volume.name, await this.#setUp(pod, volume, state));
      });
      return state.mounted;
    });
  }

  refresh(pod: Pod): Promise<void> {
    return this.#inTurn(uidOf(pod), async (state) => {
      const written = usedVolumes(pod).filter((volume) => contentTypeOf(volume) && state.mounted.has(volume.name));
      await this.#all(written, (volume) => this.#updateContents(pod, volume, state, false));
    });
  }

  unmount(podUid: string): Promise<void> {
    const directory = this.#podDirectory(podUid);
    return this.#inTurn(podUid, async (state) => {
      for (const point of await this.#mounts.within(directory)) await this.#mounts.unmount(point);
      // Whatever is still mounted there belongs to someone else: nothing is removed through it.
      const [left] = await this.#mounts.within(directory);
      if (left !== undefined) throw new Error(`${left} is still mounted; the volumes of pod ${podUid} are left as they are`);
      state.mounted.clear();
      state.stamps.clear();
      this.#tokens.forget(podUid);
      await rm(join(directory, "volumes"), { recursive: true, force: true });
      await rm(join(directory, "plugins"), { recursive: true, force: true });
      await rmdir(directory).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT" && error.code !== "ENOTEMPTY") throw error;
      });
      this.#byPod.delete(podUid);
    });
  }

  async podsOnDisk(): Promise<string[]> {
    try {
      return await readdir(this.#pods);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  }

  #podDirectory(uid: string): string {
    if (uid === "" || uid.includes("/") || uid.startsWith(".")) throw new Error(`"${uid}" is not the UID of a pod`);
    return join(this.#pods, uid);
  }

  async #inTurn<T>(uid: string, work: (state: PodVolumes) => Promise<T>): Promise<T> {
    const state = this.#byPod.get(uid) ?? { mounted: new Map(), stamps: new Map(), turn: Promise.resolve() };
    this.#byPod.set(uid, state);
    const turn = state.turn.then(() => work(state));
    state.turn = turn.catch(() => {});
    return await turn;
  }

  /** Works on all volumes at once; rejects with the first failure after all have ended. */
  async #all(volumes: readonly Volume[], work: (volume: Volume) => Promise<void>): Promise<void> {
    if (volumes.length === 0) return;
    const results = await Promise.allSettled(volumes.map(work));
    const failures = results.flatMap((result, index) =>
      result.status === "rejected" ? [volumeError((volumes[index] as Volume).name, result.reason)] : [],
    );
    for (const { message } of failures.slice(1)) this.#options.logger.warn("a volume could not be mounted", { error: message });
    if (failures[0]) throw failures[0];
  }

  async #setUp(pod: Pod, volume: Volume, state: PodVolumes): Promise<MountedVolume> {
    const directory = this.#podDirectory(uidOf(pod));
    const { objects, facts, pullImage } = this.#options;
    if (contentTypeOf(volume)) return await this.#setUpContents(pod, volume, state);
    if (volume.emptyDir || isPlain(volume)) {
      const hostPath = await prepareEmptyDir(pod, volume.emptyDir ?? {}, {
        mounts: this.#mounts,
        directory: join(directory, "volumes", "kubernetes.io~empty-dir", volume.name),
        metadataDirectory: join(directory, "plugins", "kubernetes.io~empty-dir", volume.name),
        node: facts(pod).node,
        canChangeOwner: this.#privileged,
      });
      return { hostPath, readOnly: false };
    }
    if (volume.hostPath) return { hostPath: await prepareHostPath(volume.hostPath), readOnly: false };
    if (volume.persistentVolumeClaim || volume.ephemeral) {
      const { path, readOnly } = await prepareClaim(pod, volume, {
        objects,
        nodeName: this.#options.nodeName,
        node: facts(pod).node,
        canChangeOwner: this.#privileged,
      });
      return { hostPath: path, readOnly };
    }
    if (volume.image) {
      const image = pullImage ? await pullImage(pod, volume) : (volume.image.reference ?? "");
      return { hostPath: "", readOnly: true, image };
    }
    throw new Error(unsupportedVolume(volume, this.#options.nodeName));
  }

  async #setUpContents(pod: Pod, volume: Volume, state: PodVolumes): Promise<MountedVolume> {
    const hostPath = this.#contentDirectory(pod, volume);
    const isThere = await this.#isFilled(hostPath, volume);
    try {
      await this.#updateContents(pod, volume, state, true);
    } catch (error) {
      if (!isThere) throw error;
      // An earlier run has filled it, and containers may be using it: that they can go on counts more.
      this.#options.logger.warn("a volume keeps its old contents", {
        pod: nameOf(pod),
        namespace: namespaceOf(pod),
        volume: volume.name,
        error: error instanceof Error ? error.message : String(error),
      });
    }
    return { hostPath, readOnly: true };
  }

  #contentDirectory(pod: Pod, volume: Volume): string {
    const { directory } = contentPlugins[contentTypeOf(volume) as ContentType];
    return join(this.#podDirectory(uidOf(pod)), "volumes", directory, volume.name);
  }

  async #isFilled(directory: string, volume: Volume): Promise<boolean> {
    const { inMemory } = contentPlugins[contentTypeOf(volume) as ContentType];
    if ((await presentVersion(directory)) === undefined) return false;
    return !inMemory || !this.#privileged || (await this.#mounts.isMountPoint(directory));
  }

  async #updateContents(pod: Pod, volume: Volume, state: PodVolumes, fresh: boolean): Promise<void> {
    const contents = await this.#contentsOf(pod, volume, fresh);
    if (state.stamps.get(volume.name) === contents.stamp) return;
    const files = contents.files();
    const directory = this.#contentDirectory(pod, volume);
    if (!state.mounted.has(volume.name)) await this.#makeContentDirectory(pod, volume, directory);
    const group = this.#privileged ? pod.spec?.securityContext?.fsGroup : undefined;
    if (!this.#privileged) for (const file of files.values()) delete file.uid;
    await writeAtomically(directory, files, {
      clock: this.#options.clock,
      beforeVisible: async () => {
        if (group !== undefined) await setGroupOwnership(directory, { group, readOnly: true });
      },
    });
    state.stamps.set(volume.name, contents.stamp);
  }

  async #makeContentDirectory(pod: Pod, volume: Volume, directory: string): Promise<void> {
    await mkdir(directory, { recursive: true });
    await chmod(directory, 0o777);
    const { inMemory } = contentPlugins[contentTypeOf(volume) as ContentType];
    if (inMemory && this.#privileged && !(await this.#mounts.isMountPoint(directory))) await this.#mounts.mountTmpfs(directory);
    await makeNestedMountPoints(pod, volume.name, directory);
  }

  async #contentsOf(pod: Pod, volume: Volume, fresh: boolean): Promise<Contents> {
    const { objects, facts } = this.#options;
    const namespace = namespaceOf(pod);
    if (volume.configMap) return await configMapContents(objects, namespace, volume.configMap, fresh);
    if (volume.secret) {
      const { secretName, ...rest } = volume.secret;
      return await secretContents(objects, namespace, { ...rest, ...(secretName === undefined ? {} : { name: secretName }) }, fresh);
    }
    if (volume.downwardAPI) return downwardContents(pod, volume.downwardAPI.items, volume.downwardAPI.defaultMode, facts(pod));
    return await projectedContents({ objects, tokens: this.#tokens, facts }, pod, volume.projected ?? {}, fresh);
  }
}

function contentTypeOf(volume: Volume): ContentType | undefined {
  return contentTypes.find((type) => volume[type] !== undefined);
}

/** A volume without any source is an emptyDir. */
function isPlain(volume: Volume): boolean {
  return Object.keys(volume).every((key) => key === "name");
}

/** The volumes that a container mounts; the others are left alone, as upstream does. */
export function usedVolumes(pod: Pod): Volume[] {
  const { initContainers = [], containers = [], ephemeralContainers = [], volumes = [] } = pod.spec ?? {};
  const used = new Set<string>();
  for (const container of [...initContainers, ...containers, ...ephemeralContainers]) {
    for (const { name } of container.volumeMounts ?? []) used.add(name);
    for (const { name } of container.volumeDevices ?? []) used.add(name);
  }
  return volumes.filter(({ name }) => used.has(name));
}

/** What went wrong with one volume, as upstream tells it. */
export function volumeError(name: string, reason: unknown): VolumeError {
  if (reason instanceof VolumeError) return reason;
  const text = reason instanceof Error ? reason.message : String(reason);
  return new VolumeError(`MountVolume.SetUp failed for volume "${name}" : ${text}`);
}
