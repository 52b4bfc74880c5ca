import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { type Contender, type Parts, Processes, untilReady } from "./servers.ts";

const root = join(import.meta.dirname, "..");
const main = join(root, "dist", "main.js");
/** The image of the first pod: what `npm run images` builds. */
const image = join(root, "build", "images", "busybox.tar");
export const imageName = "busybox";

const runProgram = promisify(execFile);
const run = (...args: string[]) => runProgram(process.execPath, args);

// Without nodes no other cluster of this machine can be in the way of these ports.
const noNode = ["--nodes", "none", "--service-node-port-range", "30000-32767"];
const flagsOf: Record<Parts, string[]> = {
  apiserver: [...noNode, "--components", "apiserver"],
  scheduler: [...noNode, "--components", "apiserver,scheduler"],
  all: noNode,
  node: [],
};

/** Why a node with real containers can't be measured here. */
export function whyNoNode(): string | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return "real containers need root on Linux";
  const directories = [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/sbin"];
  for (const command of ["containerd", "runc", "nft", "ip"]) {
    if (!directories.some((directory) => existsSync(join(directory, command)))) return `${command} is not installed: run kybern setup`;
  }
  return existsSync(image) ? undefined : "there is no image for a pod: run npm run images";
}

/** kybern as people get it: the built command, made anew from the sources. */
export async function kybern(port: number, nodeFlags: readonly string[]): Promise<Contender> {
  await run(join(root, "tools", "build.ts"), "--no-types");
  return {
    name: "kybern",
    async start(directory, parts) {
      const processes = new Processes(directory);
      const delayFile = join(directory, "loop-delay.json");
      const flags = [...nodeFlags, "--import", join(import.meta.dirname, "loop-delay.js")];
      const args = ["up", "--log-level", "warn", "--data", directory, "--port", String(port), ...flagsOf[parts]];
      const child = processes.spawn("kybern", process.execPath, [...flags, main, ...args], { KYBERN_BENCH_LOOP_DELAY: delayFile });
      const file = (name: string) => readFileSync(join(directory, "pki", name), "utf8");
      const endpoint = () => ({ port, authority: file("ca.crt"), certificate: file("admin.crt"), key: file("admin.key") });
      let asked = 0;
      const longestBlockMilliseconds = async () => {
        asked++;
        child.kill("SIGUSR2");
        for (let tries = 0; tries < 1000; tries++) {
          const { answer, milliseconds } = existsSync(delayFile)
            ? JSON.parse(readFileSync(delayFile, "utf8"))
            : { answer: 0, milliseconds: 0 };
          if (answer === asked) return milliseconds as number;
          await sleep(10);
        }
        throw new Error("kybern does not tell its loop delay");
      };
      try {
        const readyMilliseconds = await untilReady(processes, "kybern", endpoint);
        return {
          endpoint: endpoint(),
          readyMilliseconds,
          processes: processes.pids,
          longestBlockMilliseconds,
          stop: () => processes.stop(),
        };
      } catch (error) {
        await processes.stop();
        throw error;
      }
    },
    remove: async (directory) => {
      await run(main, "down", "--delete", "--data", directory);
    },
  };
}

/** Gives the node of a running cluster the image of the first pod. */
export async function importImage(directory: string): Promise<void> {
  await run(main, "image", "import", image, "--data", directory);
}
