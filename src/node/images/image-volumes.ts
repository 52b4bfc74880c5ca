import type { Pod, Volume } from "../../api/core/v1.ts";
import type { ImageSource } from "../pods/agent-context.ts";
import type { ContainerRuntime } from "../runtime/runtime.ts";
import { VolumeError } from "../volumes/volume-manager.ts";

/** From which version on a runtime mounts images into containers. Older ones would ignore what they are asked. */
const firstWithImageVolumes: Readonly<Record<string, readonly [major: number, minor: number]>> = {
  containerd: [2, 1],
  "cri-o": [1, 31],
};

/** Gets the image of an image volume, as its pull policy says; resolves with the id by which the runtime mounts it. */
export async function pullImageVolume(pod: Pod, volume: Volume, images: ImageSource, runtime: ContainerRuntime): Promise<string> {
  const { runtimeName, runtimeVersion } = await runtime.version();
  const first = firstWithImageVolumes[runtimeName];
  if (first && !isAtLeast(runtimeVersion, first)) {
    throw new VolumeError(
      `volumes of type image need ${runtimeName} ${first.join(".")} or newer; this node has ${runtimeName} ${runtimeVersion}`,
    );
  }
  const { reference = "", pullPolicy } = volume.image ?? {};
  return await images.ensure(pod, { name: "", image: reference, ...(pullPolicy ? { imagePullPolicy: pullPolicy } : {}) });
}

/** `1.6.20~ds1`, `v2.1.0` … A version that can't be read is taken for a new one. */
function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const match = /^v?(\d+)\.(\d+)/.exec(version);
  if (!match) return true;
  const [ownMajor, ownMinor] = [Number(match[1]), Number(match[2])];
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}
