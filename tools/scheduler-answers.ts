/**
 * Asks a scheduler what it makes of the scenarios in src/scheduler/testing/scenarios.ts, on a kube-apiserver of its own that is
 * started with --disable-admission-plugins=ServiceAccount,DefaultTolerationSeconds,TaintNodesByCondition,Priority,RuntimeClass and holds nothing else.
 *
 *   node tools/scheduler-answers.ts record URL TOKEN LOG   kube-scheduler runs there with -v=2 --vmodule=schedule_one=10 and
 *                                                          writes LOG: its answers become scenario-answers.json
 *   node tools/scheduler-answers.ts verify URL TOKEN       no scheduler runs there: starts kybern's, and compares
 */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import type { Pod } from "../src/api/core/v1.ts";
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
} from "../src/api/refs.ts";
import { createHttpClient } from "../src/client/http-client.ts";
import { systemClock, systemRandom } from "../src/client/system-clock.ts";
import { isAlreadyExists, isNotFound } from "../src/machinery/errors.ts";
import { silentLogger } from "../src/machinery/logger.ts";
import type { KubeObject } from "../src/machinery/object.ts";
import type { ResourceRef } from "../src/machinery/resource-ref.ts";
import { startScheduler } from "../src/scheduler/scheduler.ts";
import { type Scenario, scenarios } from "../src/scheduler/testing/scenarios.ts";

interface Answer {
  node?: string;
  reason?: string;
  message?: string;
  nominated?: string;
  victims?: string[];
  /** Weighted scores by plug-in and node. */
  scores?: Record<string, Record<string, number>>;
}

const [mode = "", server = "", token = "", log = ""] = process.argv.slice(2);
const file = new URL("../src/scheduler/testing/scenario-answers.json", import.meta.url);
const client = createHttpClient({ server, token, insecureSkipTlsVerify: true }, { clock: systemClock, random: systemRandom });
const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const inNamespace = ["default", "other"];
const byKind: Record<string, ResourceRef> = {
  Namespace: namespaces,
  PersistentVolumeClaim: persistentvolumeclaims,
  PersistentVolume: persistentvolumes,
  StorageClass: storageclasses,
  PodDisruptionBudget: poddisruptionbudgets,
  Service: services,
  ReplicaSet: replicasets,
};

async function clean(): Promise<void> {
  for (const ref of [pods, persistentvolumeclaims, poddisruptionbudgets, replicasets]) {
    for (const namespace of inNamespace) await client.deleteCollection(ref, { namespace, gracePeriodSeconds: 0 });
  }
  for (const ref of [nodes, persistentvolumes, storageclasses]) await client.deleteCollection(ref);
  for (const { metadata } of (await client.list(services, { namespace: "default" })).items) {
    if (metadata.name !== "kubernetes") await client.delete(services, metadata.name ?? "", { namespace: "default" });
  }
}

async function store(ref: ResourceRef, object: KubeObject): Promise<void> {
  const created = await client.create(ref, object).catch((error: unknown) => {
    if (!isAlreadyExists(error)) throw error;
  });
  const status = (object as { status?: unknown }).status;
  if (created && status && ref !== nodes) await writeStatus(ref, object, status);
}

async function writeStatus(ref: ResourceRef, { metadata }: KubeObject, status: unknown): Promise<void> {
  const options = { subresource: "status", ...(metadata.namespace ? { namespace: metadata.namespace } : {}) };
  await client.patch(ref, metadata.name ?? "", { type: "application/merge-patch+json", body: { status } }, options);
}

async function placePod(pod: Pod): Promise<void> {
  const { deletionTimestamp, deletionGracePeriodSeconds, ...metadata } = pod.metadata;
  await store(pods, { ...pod, metadata });
  if (deletionTimestamp) {
    await client.delete(pods, metadata.name ?? "", {
      namespace: metadata.namespace ?? "",
      ...(deletionGracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: deletionGracePeriodSeconds }),
    });
  }
}

/** A pod with a status is held by a gate until the status is there. */
async function submit(pod: Pod): Promise<void> {
  if (!pod.status || !pod.spec) {
    await client.create(pods, pod);
    return;
  }
  await client.create(pods, { ...pod, spec: { ...pod.spec, schedulingGates: [{ name: "example.com/hold" }] } });
  await writeStatus(pods, pod, pod.status);
  const open = { type: "application/merge-patch+json", body: { spec: { schedulingGates: null } } } as const;
  await client.patch(pods, pod.metadata.name ?? "", open, { namespace: "default" });
}

async function verdict(name: string): Promise<Answer> {
  for (let tries = 0; tries < 100; tries++) {
    await sleep(50);
    const pod = await client.get(pods, name, { namespace: "default" });
    if (pod.spec?.nodeName) return { node: pod.spec.nodeName };
    const condition = pod.status?.conditions?.find(({ type }) => type === "PodScheduled");
    if (condition?.status !== "False" || condition.reason === "SchedulingGated") continue;
    const answer: Answer = { reason: condition.reason ?? "", message: condition.message ?? "" };
    if (pod.status?.nominatedNodeName) answer.nominated = pod.status.nominatedNodeName;
    return answer;
  }
  return { message: "no answer" };
}

function scoresSince(offset: number): Record<string, Record<string, number>> | undefined {
  const scores: Record<string, Record<string, number>> = {};
  const pattern = /"Plugin scored node for pod" pod="default\/p" plugin="(\w+)" node="([^"]+)" score=(\d+)/g;
  for (const [, plugin = "", node = "", score] of readFileSync(log).subarray(offset).toString().matchAll(pattern)) {
    scores[plugin] ??= {};
    scores[plugin][node] = Number(score);
  }
  return Object.keys(scores).length > 0 ? scores : undefined;
}

async function ask(scenario: Scenario): Promise<Answer> {
  await clean();
  await sleep(200);
  for (const other of scenario.others ?? []) await store(byKind[other.kind ?? ""] as ResourceRef, other);
  for (const node of scenario.nodes) await store(nodes, node);
  for (const pod of scenario.placed ?? []) await placePod(pod);
  await sleep(200);
  for (const pod of scenario.waiting ?? []) {
    await submit(pod);
    await verdict(pod.metadata.name ?? "");
  }
  await sleep(100);
  const offset = log ? statSync(log).size : 0;
  await submit(scenario.pod);
  // The first answer counts: what comes after depends on how soon a scheduler tries again.
  const answer = await verdict("p");
  await sleep(200);
  const { nominated } = await verdict("p");
  if (nominated) answer.nominated = nominated;
  const victims: string[] = [];
  for (const pod of scenario.placed ?? []) {
    if (pod.metadata.deletionTimestamp) continue;
    const left = await client
      .get(pods, pod.metadata.name ?? "", { namespace: pod.metadata.namespace ?? "" })
      .catch((error: unknown) => (isNotFound(error) ? undefined : Promise.reject(error)));
    if (!left || left.metadata.deletionTimestamp) victims.push(pod.metadata.name ?? "");
  }
  if (victims.length > 0) answer.victims = victims;
  const scores = log ? scoresSince(offset) : undefined;
  if (scores) answer.scores = scores;
  return answer;
}

/** The nodes that the scores allow. */
function best(answer: Answer): string[] {
  const totals: Record<string, number> = {};
  for (const scores of Object.values(answer.scores ?? {})) {
    for (const [node, score] of Object.entries(scores)) totals[node] = (totals[node] ?? 0) + score;
  }
  const highest = Math.max(...Object.values(totals));
  const nodes = Object.keys(totals).filter((node) => totals[node] === highest);
  return nodes.length > 0 ? nodes : [answer.node ?? ""];
}

const only = process.env.ONLY;
const known: Record<string, Answer> = mode === "verify" || only ? JSON.parse(readFileSync(file, "utf8")) : {};
const stopping = new AbortController();
const ours =
  mode === "verify"
    ? startScheduler({ client, clock: systemClock, random: systemRandom, logger: silentLogger, signal: stopping.signal })
    : undefined;
await client
  .create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name: "other", labels: { team: "x" } } })
  .catch(() => undefined);
let differences = 0;
for (const scenario of scenarios) {
  if (only && !scenario.name.includes(only)) continue;
  const answer = await ask(scenario);
  if (mode === "record") {
    known[scenario.name] = answer;
    console.log(scenario.name, JSON.stringify({ ...answer, scores: undefined }));
    continue;
  }
  const { scores: _, node, ...expected } = known[scenario.name] ?? {};
  const { node: chosen, ...rest } = answer;
  // Once its victims were told to go, a pod may have got its node.
  if (chosen !== undefined && chosen === expected.nominated && String(rest.victims) === String(expected.victims)) continue;
  const nodeFits = node === undefined ? chosen === undefined : best(known[scenario.name] as Answer).includes(chosen ?? "");
  if (nodeFits && JSON.stringify(rest) === JSON.stringify(expected)) continue;
  differences++;
  console.log(`${scenario.name}\n  expected ${JSON.stringify({ node, ...expected })}\n  got      ${JSON.stringify(answer)}`);
}
if (mode === "record") writeFileSync(file, `${JSON.stringify(known, undefined, 2)}\n`);
else console.log(`${scenarios.length} scenarios, ${differences} differences`);
stopping.abort();
await ours?.stop();
await clean();
client.close();
