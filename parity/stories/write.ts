import { seededRandom } from "../../src/machinery/random.ts";
import { acts, begins } from "./acts.ts";
import type { Dice } from "./dice.ts";
import { storyKinds } from "./kinds.ts";
import { lives } from "./lives.ts";
import { scenes } from "./scenes.ts";
import type { StoryStep } from "./story.ts";

const longest = 20;
const allScenes = [...scenes, ...lives];

/** A random story: what happens to objects of one or two kinds, or a scene in which that goes on. */
export function writeStory(seed: number): StoryStep[] {
  const source = seededRandom(Math.imul(seed, 0x9e3779b1));
  const random = () => source.next();
  const dice: Dice = {
    random,
    chance: (share) => random() < share,
    pick: (list) => list[Math.floor(random() * list.length)] as (typeof list)[number],
  };
  const scene = dice.chance(0.5) ? dice.pick(allScenes)(dice) : undefined;
  const kinds = scene?.kinds ?? [dice.pick(storyKinds), dice.pick(storyKinds)].slice(0, dice.pick([1, 1, 2]));
  const steps: StoryStep[] = [...(scene?.steps ?? kinds.flatMap((kind) => begins(kind, dice)))];
  const length = Math.max(steps.length, 5) + Math.floor(random() * (longest - 5));
  while (steps.length < Math.min(length, longest)) steps.push(...[acts(dice.pick(kinds), dice)].flat());
  return JSON.parse(JSON.stringify(steps));
}
