import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../../machinery/clock.ts";
import { type Logger, silentLogger } from "../../../machinery/logger.ts";
import { importArchive } from "../../images/import.ts";
import { type LayerEntry, writeOciArchive } from "../../images/oci-archive.ts";
import { PrivateContainerd, type PrivateContainerdOptions } from "../containerd/private-containerd.ts";
import { CriRuntime } from "../cri/cri-runtime.ts";
import { findBusybox } from "./busybox.ts";

/** The image that `RealContainers` has: a static busybox. */
export const testImage = "docker.io/kybern-test/busybox:1";

/** Why tests with real containers can't run here; undefined when they can. */
export function whyNoContainers(): string | undefined {
  if (process.platform !== "linux") return "containers need Linux";
  if (process.getuid?.() !== 0) return "containers need root";
  for (const program of ["containerd", "ctr", "runc"]) {
    if (spawnSync("sh", ["-c", `PATH=$PATH:/usr/sbin:/sbin command -v ${program}`]).status !== 0) return `${program} is not installed`;
  }
  if (!cniDirectories.some((directory) => existsSync(join(directory, "bridge")))) return "the CNI plug-ins are not installed";
  if (busybox === undefined) return "there is no static busybox: npm test unpacks it";
  return undefined;
}

const busybox = findBusybox();
const cniDirectories = ["/opt/cni/bin", "/usr/lib/cni"];

/** A private containerd in a directory of its own, with a bridge network in 10.99.0.0/24, for one test file. */
export class RealContainers {
  readonly directory: string;
  readonly options: PrivateContainerdOptions;
  readonly clock: Clock;
  readonly cgroupParent: string;
  readonly #bridge: string;
  containerd: PrivateContainerd;
  runtime: CriRuntime;

  private constructor(directory: string, bridge: string, options: PrivateContainerdOptions, containerd: PrivateContainerd) {
    this.directory = directory;
    this.options = options;
    this.clock = options.clock;
    this.cgroupParent = options.cgroupParents?.[0] ?? "";
    this.#bridge = bridge;
    this.containerd = containerd;
    this.runtime = new CriRuntime({ socketPath: containerd.socketPath, clock: options.clock });
  }

  static async start(clock: Clock, logger: Logger = silentLogger): Promise<RealContainers> {
    const directory = await mkdtemp(join(tmpdir(), "kybern-runtime-"));
    const id = directory.slice(-6).toLowerCase();
    const bridge = `kyt${id}`;
    const networks = join(directory, "net.d");
    await mkdir(networks);
    const ipam = { type: "host-local", ranges: [[{ subnet: "10.99.0.0/24" }]], dataDir: join(directory, "addresses") };
    const plugins = [{ type: "bridge", bridge, isGateway: true, ipam }];
    await writeFile(join(networks, "10-test.conflist"), JSON.stringify({ cniVersion: "0.4.0", name: "test", plugins }));
    const options: PrivateContainerdOptions = {
      directory: join(directory, "data"),
      stateDirectory: join(directory, "run"),
      cniBinDirectories: cniDirectories,
      cniConfDirectory: networks,
      cgroupParents: [`/kybern-test-${id}`],
      clock,
      logger,
    };
    const containers = new RealContainers(directory, bridge, options, await PrivateContainerd.start(options));
    await containers.#importImage();
    return containers;
  }

  async delete(): Promise<void> {
    this.runtime.close();
    await this.containerd.delete();
    spawnSync("ip", ["link", "delete", this.#bridge]);
    await rm(this.directory, { recursive: true, force: true });
  }

  async #importImage(): Promise<void> {
    const archive = join(this.directory, "busybox.tar");
    const layer: LayerEntry[] = [
      { path: "bin", type: "directory", mode: 0o755 },
      { path: "bin/busybox", type: "file", mode: 0o755, content: { file: busybox ?? "" } },
      { path: "tmp", type: "directory", mode: 0o1777 },
    ];
    for (const applet of ["cat", "echo", "head", "nc", "sh", "sha256sum", "sleep", "stty", "true", "wc"]) {
      layer.push({ path: `bin/${applet}`, type: "symlink", mode: 0o777, target: "busybox" });
    }
    await writeOciArchive(archive, [{ names: [testImage], config: { command: ["sh"] }, layers: [layer] }]);
    await importArchive(archive, { socketPath: this.containerd.socketPath, runtime: this.runtime, clock: this.clock });
  }
}
