import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { seededRandom } from "../../machinery/random.ts";
import { CrashWriter, complaints } from "../testing/crash-report.ts";

const seed = Number(process.env.SEED ?? crypto.getRandomValues(new Uint32Array(1))[0]);

it(`loses nothing when it is killed under load, seed ${seed} (SEED=${seed} replays it)`, async () => {
  const random = seededRandom(seed);
  const directory = mkdtempSync(join(tmpdir(), "kybern-kill-"));
  try {
    for (let round = 0; round < 3; round++) {
      const writer = new CrashWriter(directory, seed + round, [1, 8, 32][round] as number);
      await writer.whenAcknowledged(100 + Math.floor(random.next() * 500));
      await writer.kill();
      expect(await complaints(directory, writer)).toEqual([]);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});
