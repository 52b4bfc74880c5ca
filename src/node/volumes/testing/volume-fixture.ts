import { mkdtempSync, realpathSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Container, Pod, Volume } from "../../../api/core/v1.ts";
import { createMemoryClient, type MemoryClient } from "../../../client/testing/memory-client.ts";
import { recordingLogger } from "../../../client/testing/recording-logger.ts";
import { VirtualClock } from "../../../machinery/clock.ts";
import { createObjectSource } from "../../object-source.ts";
import { createVolumeManager, type VolumeManagerOptions } from "../create-volume-manager.ts";
import { MountPoints } from "../mount-points.ts";
import type { VolumeManager } from "../volume-manager.ts";

export const isRoot = process.getuid?.() === 0;

/** A volume manager over a directory of its own and a server in memory. */
export class VolumeFixture {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), "kybern-volumes-")));
  readonly clock = new VirtualClock(Date.UTC(2026, 0, 2, 3, 4, 5));
  readonly client: MemoryClient = createMemoryClient({ clock: this.clock });
  readonly logger = recordingLogger();
  manager: Required<VolumeManager>;

  constructor(options: Partial<VolumeManagerOptions> = {}) {
    this.manager = this.newManager(options);
  }

  /** As after a restart of the agent. */
  newManager(options: Partial<VolumeManagerOptions> = {}): Required<VolumeManager> {
    this.manager = createVolumeManager({
      root: this.root,
      objects: createObjectSource(this.client, this.clock),
      client: this.client,
      clock: this.clock,
      logger: this.logger,
      nodeName: "n1",
      facts: () => ({ podIPs: ["10.0.0.7"], hostIPs: ["192.0.2.1"], node: undefined }),
      privileged: false,
      ...options,
    });
    return this.manager;
  }

  async close(): Promise<void> {
    const mounts = new MountPoints();
    for (const point of await mounts.within(this.root)) await mounts.unmount(point);
    await rm(this.root, { recursive: true, force: true });
  }
}

/** A pod with one container that mounts every volume. */
export function podWith(volumes: Volume[], spec: Partial<Pod["spec"]> & object = {}, container: Partial<Container> = {}): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", namespace: "default", uid: "uid-1", labels: { app: "web", tier: 'a"b' } },
    spec: {
      containers: [
        {
          name: "main",
          volumeMounts: volumes.map(({ name }) => ({ name, mountPath: `/volumes/${name}` })),
          ...container,
        },
      ],
      volumes,
      ...spec,
    },
  };
}
