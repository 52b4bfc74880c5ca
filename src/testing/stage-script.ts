import { simulatedContainer } from "../cluster/simulated-containers.ts";
import type { Clock } from "../machinery/clock.ts";
import type { Random } from "../machinery/random.ts";
import type { ContainerConfig } from "../node/runtime/runtime.ts";
import { RuntimeError } from "../node/runtime/runtime.ts";
import type { ContainerScript, SimulatedPod, SimulationScript } from "../node/runtime/simulated/simulated-runtime.ts";
import { milliseconds } from "./durations.ts";
import type { PodEvictions } from "./pod-evictions.ts";
import type { Delay, PodStage } from "./pod-stage.ts";

export interface StageDeps {
  clock: Clock;
  random: Random;
  /** Failed pulls by node and image: an image that was pulled once is on the node. */
  pullFailures: Map<string, number>;
  evictions: Pick<PodEvictions, "add">;
}

const pullFailure = "failed to pull and unpack image: not found";

/** What the stages make of a node's runtime. `stages` is read anew each time: stages come and go. */
export function scriptOf(node: string, stages: Iterable<PodStage>, deps: StageDeps): SimulationScript {
  const here = () => [...stages].filter((stage) => stage.node === undefined || stage.node === node);
  return {
    pullMilliseconds(reference) {
      let takes = 0;
      for (const { pull, image } of here()) {
        if (!pull || !isNamed(image, reference)) continue;
        const key = `${node} ${reference}`;
        const failed = deps.pullFailures.get(key) ?? 0;
        if (failed < (pull.fails ?? 0)) {
          deps.pullFailures.set(key, failed + 1);
          throw new RuntimeError("NotFound", pull.message ?? pullFailure);
        }
        if (pull.takes !== undefined) takes = draw(pull.takes, deps.random);
      }
      return takes;
    },
    sandboxMilliseconds(pod) {
      const [starts] = here()
        .flatMap((stage) => (stage.starts !== undefined && isPod(stage, pod) ? [stage.starts] : []))
        .slice(-1);
      return starts === undefined ? 0 : draw(starts, deps.random);
    },
    container(config, pod) {
      const mine = here().filter((stage) => isPod(stage, pod) && isContainer(stage, config));
      const { evicted, ...said } = Object.assign({}, ...mine) as PodStage;
      if (evicted !== undefined && config.attempt === 0 && !config.init) {
        const { namespace, name, uid } = pod.metadata;
        deps.evictions.add({ namespace, name, uid, at: deps.clock.now() + draw(evicted, deps.random) });
      }
      return { ...simulatedContainer(config, pod), ...containerScript(said, config, deps.random) };
    },
  };
}

function containerScript(
  { ready, runs, exitCode, crashes = 0, oom, stops }: PodStage,
  { attempt, init }: ContainerConfig,
  random: Random,
): ContainerScript {
  const script: ContainerScript = {};
  if (stops !== undefined) script.stopsMilliseconds = draw(stops, random);
  if (ready !== undefined && !init) script.readyAfterMilliseconds = draw(ready, random);
  if (oom !== undefined) return { ...script, runsMilliseconds: draw(oom, random), exitCode: 137, reason: "OOMKilled" };
  if (attempt < crashes) return { ...script, runsMilliseconds: runs === undefined ? 0 : draw(runs, random), exitCode: exitCode ?? 1 };
  if (runs !== undefined && crashes === 0) script.runsMilliseconds = draw(runs, random);
  if (exitCode !== undefined && crashes === 0) script.exitCode = exitCode;
  return script;
}

function isPod({ pods }: PodStage, { metadata, labels = {} }: SimulatedPod): boolean {
  if (!pods) return true;
  if (pods.namespace !== undefined && pods.namespace !== metadata.namespace) return false;
  if (!isNamed(pods.name, metadata.name)) return false;
  return Object.entries(pods.labels ?? {}).every(([key, value]) => labels[key] === value);
}

function isContainer({ container, image }: PodStage, config: ContainerConfig): boolean {
  return (container === undefined || container === config.name) && isNamed(image, config.userSpecifiedImage ?? config.image);
}

function isNamed(wanted: string | RegExp | undefined, name: string): boolean {
  if (wanted === undefined) return true;
  // A tag that nobody wrote is `latest`.
  return typeof wanted === "string" ? wanted === name || `${wanted}:latest` === name || name.endsWith(`/${wanted}`) : wanted.test(name);
}

function draw(delay: Delay, random: Random): number {
  if (typeof delay !== "object") return milliseconds(delay);
  const least = milliseconds(delay.least);
  return Math.round(least + (milliseconds(delay.most) - least) * random.next());
}
