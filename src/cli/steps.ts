import { Listr } from "listr2";
import type { Step } from "../cluster/up.ts";

/** Runs steps one after another and shows each as it happens: a live list on a terminal, plain lines elsewhere. */
export async function runSteps(steps: readonly Step[]): Promise<void> {
  if (!process.stdout.isTTY) {
    for (const { title, run } of steps) {
      let detail = "";
      await run((text) => {
        detail = text;
      });
      process.stdout.write(`✔ ${title}${detail ? `: ${detail}` : ""}\n`);
    }
    return;
  }
  const list = new Listr(
    steps.map(({ title, run }) => ({
      title,
      task: async (_context, task) => {
        await run((text) => {
          task.title = `${title}: ${text}`;
        });
      },
    })),
    { concurrent: false, registerSignalListeners: false },
  );
  await list.run();
}
