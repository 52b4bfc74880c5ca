import { compareArea, failuresOf, replay } from "../areas.ts";
import { printed } from "../differences.ts";
import type { Target } from "../run.ts";
import { type StoryStep, sourceOf, story } from "./story.ts";
import { writeStory } from "./write.ts";

export interface StoriesOptions {
  /** Of the first story; the next ones have the numbers after it. */
  seed: number;
  count: number;
}

const parallel = 16;
/** The reference tells some things in the order of its maps: a story disagrees when it does so each time. */
const attempts = 3;

/** Tells both servers random stories and prints those on which they disagree, as short as they can be. Gives how many. */
export async function stories(theirs: Target, ours: Target, { seed, count }: StoriesOptions): Promise<number> {
  let next = 0;
  let disagreements = 0;
  const one = async () => {
    while (next < count) {
      const own = seed + next++;
      const steps = writeStory(own);
      const found = await disagree(theirs, ours, steps, attempts);
      if (!found) continue;
      disagreements++;
      console.log(tale(own, await shortened(theirs, ours, { ...found, steps })));
    }
  };
  await Promise.all(Array.from({ length: parallel }, one));
  console.log(`seed ${seed}: ${count - disagreements}/${count} stories agree`);
  return disagreements;
}

/** A disagreement: the first step that is answered otherwise, and how. */
interface Found {
  step: number;
  differences: string[];
}

interface Told extends Found {
  steps: readonly StoryStep[];
}

/** Where they disagree first, if they do so at each of some attempts. */
async function disagree(theirs: Target, ours: Target, steps: readonly StoryStep[], attempts: number): Promise<Found | undefined> {
  const told = [story("story", ...steps)];
  let found: Found | undefined;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const [their, our] = await Promise.all([replay(theirs, told), replay(ours, told)]);
    // It hangs up where it panics.
    if (failuresOf(their).length > 0) continue;
    const differing = compareArea("stories", their, our).differences.filter(({ reason }) => reason === undefined);
    const [first] = differing;
    if (!first) return undefined;
    found = { step: first.step, differences: differing.filter(({ step }) => step === first.step).map((one) => printed(one, 600)) };
  }
  return found;
}

/** The same disagreement with as few steps as it takes. */
async function shortened(theirs: Target, ours: Target, told: Told): Promise<Told> {
  let best: Told = { ...told, steps: told.steps.slice(0, told.step + 1) };
  for (let index = told.step - 1; index >= 0; index--) {
    if ("served" in (best.steps[index] as StoryStep)) continue;
    const steps = best.steps.toSpliced(index, 1);
    const found = await disagree(theirs, ours, steps, 1);
    if (!found) continue;
    best = { ...found, steps: steps.slice(0, found.step + 1) };
    index = Math.min(index, found.step);
  }
  return best;
}

function tale(seed: number, { steps, step, differences }: Told): string {
  const lines = steps.map((one) => `  ${sourceOf(one)},`);
  return [`story ${seed}:`, ...lines, `  [${step}]`, ...differences.slice(0, 4).map((text) => `    ${text}`)].join("\n");
}
