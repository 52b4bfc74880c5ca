import type { Pod } from "../../api/core/v1.ts";

/** A volume of a pod, ready to be mounted into its containers. */
export interface MountedVolume {
  /** What containers see: a directory or file on the host. Empty for an image volume. */
  hostPath: string;
  /** Containers get it read-only whatever they ask for. */
  readOnly: boolean;
  /** The image whose file system the volume is. */
  image?: string;
}

/**
 * The volumes of the pods of this node. All calls may be repeated, and find what an earlier run of the agent has left. Rejects
 * with `VolumeError` when a volume can't be made yet: the pod's next sync tries again.
 */
export interface VolumeManager {
  /** Makes what isn't there, brings contents up to date, and resolves with the volumes by name. */
  mount(pod: Pod): Promise<ReadonlyMap<string, MountedVolume>>;
  /** Brings the contents of config maps, secrets, tokens and downward API volumes up to date; absent where nothing is written. */
  refresh?(pod: Pod): Promise<void>;
  /** Takes all volumes of a pod down; contents of emptyDir go. */
  unmount(podUid: string): Promise<void>;
  /** The UIDs of all pods that have anything on disk. */
  podsOnDisk(): Promise<string[]>;
}

/** Why a volume isn't ready, in upstream's words, for the pod's events. */
export class VolumeError extends Error {
  readonly reason: "FailedMount" | "FailedAttachVolume";

  constructor(message: string, reason: "FailedMount" | "FailedAttachVolume" = "FailedMount") {
    super(message);
    this.name = "VolumeError";
    this.reason = reason;
  }
}
