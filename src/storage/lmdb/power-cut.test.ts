import { join } from "node:path";
import { expect, it } from "vitest";
import { seededRandom } from "../../machinery/random.ts";
import { CrashWriter, complaints } from "../testing/crash-report.ts";
import { ScratchDisk, whyNoScratchDisk } from "../testing/scratch-disk.ts";

const seed = Number(process.env.SEED ?? crypto.getRandomValues(new Uint32Array(1))[0]);
const rounds = Number(process.env.ROUNDS ?? 5);
const reason = whyNoScratchDisk();

it.skipIf(reason !== undefined)(
  `loses nothing when the power goes under load, seed ${seed} (SEED=${seed} replays it)${reason === undefined ? "" : `: ${reason}`}`,
  async () => {
    const random = seededRandom(seed);
    const disk = new ScratchDisk(128 * 1024 * 1024);
    const directory = join(disk.path, "deep", "data");
    try {
      for (let round = 0; round < rounds; round++) {
        disk.mount();
        const writer = new CrashWriter(directory, seed + round, [8, 1, 32][round % 3] as number);
        // The first cut comes early: file and directories have only just been made.
        await writer.whenAcknowledged(round === 0 ? 1 : Math.floor(random.next() * 600));
        disk.cutPower();
        // What the store would acknowledge without a disk counts as told, too.
        await writer.whenFailed();
        await writer.kill();
        disk.replace();
        disk.mount();
        expect(await complaints(directory, writer)).toEqual([]);
        disk.unmount();
      }
    } finally {
      disk.dispose();
    }
  },
);
