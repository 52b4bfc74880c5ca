import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A small file system of its own for a test: ext4 on a file, through a loop device. Needs root. */
export class ScratchDisk {
  readonly #home: string;
  #image: string;
  #cuts = 0;
  /** Where it is mounted. */
  readonly path: string;

  constructor(bytes: number) {
    this.#home = mkdtempSync(join(tmpdir(), "kybern-disk-"));
    this.#image = join(this.#home, "image");
    this.path = join(this.#home, "mounted");
    mkdirSync(this.path);
    const descriptor = openSync(this.#image, "w");
    ftruncateSync(descriptor, bytes);
    closeSync(descriptor);
    run("mkfs.ext4", "-q", "-F", "-m", "0", this.#image);
  }

  mount(): void {
    run("mount", "-o", "loop", this.#image, this.path);
  }

  unmount(): void {
    run("umount", this.path);
  }

  /** As if the power went: what was not synced is gone, journal included, and every access fails until it is mounted anew. */
  cutPower(): void {
    // EXT4_IOC_SHUTDOWN with NOLOGFLUSH; Node has no ioctl.
    run(
      "perl",
      "-e",
      'open(F, "<", $ARGV[0]) or die "open: $!"; my $flag = pack("L", 2); ioctl(F, 0x8004587d, $flag) or die "ioctl: $!"',
      this.path,
    );
    this.#cuts++;
  }

  /**
   * Unmounts it after a cut, and takes what is on it over to another image. A process that was given a mount namespace of its
   * own in the meantime may hold the old file system, and mounting the same image would only find that one again.
   */
  replace(): void {
    this.unmount();
    const next = join(this.#home, `image-${this.#cuts}`);
    run("cp", "--sparse=always", this.#image, next);
    rmSync(this.#image);
    this.#image = next;
  }

  /** Unmounts, when it is mounted, and removes the image. What a failed test left open on it does not hold it up. */
  dispose(): void {
    spawnSync("umount", ["--lazy", this.path], { stdio: "ignore" });
    rmSync(this.#home, { recursive: true });
  }
}

/** Why there can be no scratch disks here; undefined when there can. */
export function whyNoScratchDisk(): string | undefined {
  if (process.platform !== "linux") return "loop mounts are Linux's";
  if (process.getuid?.() !== 0) return "loop mounts need root";
  let disk: ScratchDisk | undefined;
  try {
    disk = new ScratchDisk(4 * 1024 * 1024);
    disk.mount();
    disk.cutPower();
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.message.split("\n")[0] as string) : String(error);
  } finally {
    disk?.dispose();
  }
}

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { stdio: ["ignore", "ignore", "pipe"] });
}
