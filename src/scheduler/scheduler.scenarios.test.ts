import { describe, expect, it } from "vitest";
import type { Pod, PodCondition } from "../api/core/v1.ts";
import {
  namespaces,
  nodes,
  persistentvolumeclaims,
  persistentvolumes,
  poddisruptionbudgets,
  pods,
  replicasets,
  services,
  storageclasses,
} from "../api/refs.ts";
import { createInformerFactory } from "../client/informer-factory.ts";
import { createMemoryClient } from "../client/testing/memory-client.ts";
import { VirtualClock } from "../machinery/clock.ts";
import { silentLogger } from "../machinery/logger.ts";
import { seededRandom } from "../machinery/random.ts";
import type { ResourceRef } from "../machinery/resource-ref.ts";
import { Algorithm } from "./algorithm.ts";
import { SchedulerCache } from "./cache.ts";
import { followCluster } from "./cluster-follower.ts";
import { defaultSelector } from "./default-selector.ts";
import type { NodeInfo } from "./node-info.ts";
import { NominatedPods } from "./nominated-pods.ts";
import { defaultPlugins } from "./plugins/defaults.ts";
import { podInfo } from "./pod-info.ts";
import { SchedulingQueue } from "./queue.ts";
import { startScheduler } from "./scheduler.ts";
import answers from "./testing/scenario-answers.json" with { type: "json" };
import { type Scenario, scenarios } from "./testing/scenarios.ts";

/** What kube-scheduler answered; `tools/scheduler-answers.ts` records it. */
interface Answer {
  node?: string;
  reason?: string;
  message?: string;
  nominated?: string;
  victims?: string[];
  scores?: Record<string, Record<string, number>>;
}

const byKind: Record<string, ResourceRef> = {
  Namespace: namespaces,
  PersistentVolumeClaim: persistentvolumeclaims,
  PersistentVolume: persistentvolumes,
  StorageClass: storageclasses,
  PodDisruptionBudget: poddisruptionbudgets,
  Service: services,
  ReplicaSet: replicasets,
};

function cluster(scenario: Scenario) {
  const clock = new VirtualClock();
  const random = seededRandom(1);
  const client = createMemoryClient({ clock });
  const stopping = new AbortController();
  const deps = { client, clock, random, logger: silentLogger, signal: stopping.signal };
  for (const other of scenario.others ?? []) client.seed(byKind[other.kind ?? ""] as ResourceRef, other);
  client.seed(nodes, ...scenario.nodes);
  client.seed(pods, ...(scenario.placed ?? []));
  client.seed(pods, ...(scenario.waiting ?? []));
  return { client, clock, random, stopping, deps };
}

const best = (answer: Answer): string[] => {
  const totals = new Map<string, number>();
  for (const scores of Object.values(answer.scores ?? {})) {
    for (const [node, score] of Object.entries(scores)) totals.set(node, (totals.get(node) ?? 0) + score);
  }
  const highest = Math.max(...totals.values());
  return totals.size === 0 ? [answer.node ?? ""] : [...totals.keys()].filter((node) => totals.get(node) === highest);
};

describe("what kube-scheduler answers", () => {
  it.each(scenarios)("$name", async (scenario) => {
    const expected = (answers as Record<string, Answer>)[scenario.name] as Answer;
    const { client, stopping, deps } = cluster(scenario);
    client.seed(pods, scenario.pod);
    const scheduler = startScheduler(deps);
    await client.settle();
    stopping.abort();
    await scheduler.stop();
    if (expected.node !== undefined) {
      expect(best(expected)).toContain(client.peek<Pod>(pods, "default/p")?.spec?.nodeName);
      return;
    }
    const patch = client.actions.find(({ verb, resource, name }) => verb === "patch" && resource === "pods" && name === "p");
    const condition = (patch?.body as { status?: { conditions?: PodCondition[] } } | undefined)?.status?.conditions?.[0];
    const { reason, message } = condition ?? {};
    expect({ reason, message }).toEqual({ reason: expected.reason, message: expected.message });
    expect(client.peek<Pod>(pods, "default/p")?.status?.nominatedNodeName).toBe(expected.nominated);
    const deleted = client.actions.filter(({ verb, resource }) => verb === "delete" && resource === "pods").map(({ name }) => name);
    expect(deleted.sort()).toEqual(expected.victims ?? []);
  });
});

describe("the scores that kube-scheduler gives", () => {
  const scored = scenarios.filter(({ name }) => (answers as Record<string, Answer>)[name]?.scores);

  it.each(scored)("$name", async (scenario) => {
    const { deps, client, clock, random, stopping } = cluster(scenario);
    const informers = createInformerFactory(deps);
    const namespaceInformer = informers.informer(namespaces);
    const cache = new SchedulerCache((name) => namespaceInformer.get(name)?.metadata.labels);
    const sources = {
      services: informers.informer(services),
      replicationControllers: informers.informer(byKind.ReplicaSet as typeof replicasets) as never,
      replicaSets: informers.informer(replicasets),
      statefulSets: informers.informer(replicasets) as never,
    };
    const volumes = { claim: () => undefined, volume: () => undefined, volumes: () => [], storageClass: () => undefined };
    const nominated = new NominatedPods();
    const algorithm = new Algorithm(
      cache,
      defaultPlugins(volumes, (pod) => defaultSelector(pod.pod, sources)),
      random,
      nominated,
    );
    const queue = new SchedulingQueue(clock, () => undefined);
    const follower = followCluster({ informers, logger: silentLogger, cache, queue, nominated, isOurs: () => true });
    await client.settle();
    await follower.load(async () => undefined);
    const expected = (answers as Record<string, Answer>)[scenario.name]?.scores ?? {};
    const names = Object.keys(Object.values(expected)[0] ?? {});
    const feasible = names.map((name) => cache.get(name) as NodeInfo);
    const got: Record<string, Record<string, number>> = {};
    algorithm.rank(podInfo(scenario.pod), feasible, (plugin, scores) => {
      got[plugin] = Object.fromEntries(names.map((name, i) => [name, scores[i] as number]));
    });
    stopping.abort();
    // Either side leaves out a plug-in that has nothing to say: the same score everywhere.
    const differing = (all: Record<string, Record<string, number>>) =>
      Object.fromEntries(Object.entries(all).filter(([, scores]) => new Set(Object.values(scores)).size > 1));
    expect(differing(got)).toEqual(differing(expected));
  });
});
