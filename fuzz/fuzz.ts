import { Inputs } from "./inputs.ts";
import type { Target } from "./target.ts";
import { expressionTargets } from "./targets/expressions.ts";
import { formatTargets } from "./targets/formats.ts";
import { patchTargets } from "./targets/patches.ts";
import { requestTargets } from "./targets/requests.ts";
import { textTargets } from "./targets/texts.ts";

export const targets: readonly Target[] = [...formatTargets, ...patchTargets, ...textTargets, ...expressionTargets, ...requestTargets];

/** An input that takes longer hangs what reads it. */
const mostMilliseconds = 3000;

export interface Failure {
  target: string;
  /** `npm run fuzz -- TARGET --seed SEED --inputs 1` repeats it. */
  seed: number;
  input: unknown;
  error: unknown;
}

export interface Result {
  target: string;
  inputs: number;
  failures: Failure[];
  slowest: { milliseconds: number; seed: number };
}

/** Gives a target inputs of seeds that follow each other: each can be repeated by itself. */
export async function fuzz(target: Target, firstSeed: number, count: number, mostFailures = 5): Promise<Result> {
  const result: Result = { target: target.name, inputs: count, failures: [], slowest: { milliseconds: 0, seed: firstSeed } };
  for (let seed = firstSeed; seed < firstSeed + count && result.failures.length < mostFailures; seed++) {
    let input: unknown;
    const start = performance.now();
    try {
      const running = target.run(new Inputs(seed), (shown) => {
        input = shown;
      });
      if (running) await running;
    } catch (error) {
      result.failures.push({ target: target.name, seed, input, error });
    }
    const milliseconds = performance.now() - start;
    if (milliseconds > result.slowest.milliseconds) result.slowest = { milliseconds, seed };
    if (milliseconds > mostMilliseconds) {
      result.failures.push({ target: target.name, seed, input, error: new Error(`it took ${Math.round(milliseconds)} ms`) });
    }
  }
  return result;
}
