import { expect, it } from "vitest";
import type { Pod, Volume } from "../../api/core/v1.ts";
import type { ContainerRuntime } from "../runtime/runtime.ts";
import { VolumeError } from "../volumes/volume-manager.ts";
import { pullImageVolume } from "./image-volumes.ts";

const pod: Pod = { metadata: { name: "web", namespace: "default", uid: "1" } };
const volume: Volume = { name: "art", image: { reference: "example.com/art:1", pullPolicy: "IfNotPresent" } };

function pull(runtimeName: string, runtimeVersion: string): Promise<string> {
  const runtime = { version: async () => ({ runtimeName, runtimeVersion, runtimeApiVersion: "v1" }) } as unknown as ContainerRuntime;
  const ensure = async (_pod: Pod, { image, imagePullPolicy }: { image?: string; imagePullPolicy?: string }) =>
    `${image} ${imagePullPolicy}`;
  return pullImageVolume(pod, volume, { ensure } as never, runtime);
}

it("gets the image by its pull policy where the runtime can mount it", async () => {
  for (const version of ["2.1.0", "v2.2.1-k3s1", "3.0.0"]) expect(await pull("containerd", version)).toBe("example.com/art:1 IfNotPresent");
  expect(await pull("other", "0.1")).toBe("example.com/art:1 IfNotPresent");
});

it("says which runtime is needed where it can't", async () => {
  const refusal = pull("containerd", "1.6.20~ds1");
  await expect(refusal).rejects.toThrow(VolumeError);
  await expect(refusal).rejects.toThrow("volumes of type image need containerd 2.1 or newer; this node has containerd 1.6.20~ds1");
  await expect(pull("containerd", "2.0.9")).rejects.toThrow("volumes of type image need containerd 2.1 or newer");
});
