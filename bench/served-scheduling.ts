import type { Endpoint } from "./api-client.ts";
import { benchNamespace } from "./bench-pod.ts";
import { Http2Client } from "./http2-client.ts";
import { figuresOf } from "./process-figures.ts";
import { drive, prepare, round, type Scenario } from "./scenario.ts";
import { nodeCount, type PodFormName, podForms } from "./scheduling-pods.ts";

/** Pods that are bound, as a watch over HTTPS tells it: durable, as everything that a watch tells. */
function scenario(measure: string, form: PodFormName): Scenario {
  const { count } = podForms[form];
  return {
    measures: [measure],
    async run(contender, directory) {
      const filling = await contender.start(directory, "apiserver");
      try {
        await prepare(filling.endpoint);
        for (const [action, operations] of [
          ["nodes", nodeCount],
          ["admit-nodes", nodeCount],
          ["pods", count],
        ] as const) {
          await drive(filling.endpoint, { action, form, count: operations, connections: 4, inFlight: 64 });
        }
      } finally {
        await filling.stop();
      }
      const server = await contender.start(directory, "scheduler");
      try {
        const { seconds, bound } = await untilBound(server.endpoint, count);
        const { cpuSeconds, peakMegabytes } = figuresOf([...server.processes.values()]);
        const detail = {
          pods: count,
          counted: bound,
          millisecondsFromFirstSight: Math.round(seconds * 1000),
          cpuSecondsFromStart: round(cpuSeconds),
          peakMegabytes: Math.round(peakMegabytes),
        };
        return new Map([[measure, { value: bound / seconds, unit: "pods/s", detail }]]);
      } finally {
        await server.stop();
      }
    },
  };
}

/**
 * Counts pods as they get their node. The clock runs from the first that is seen: how long a scheduler takes to start is not
 * what is measured.
 */
async function untilBound(endpoint: Endpoint, count: number): Promise<{ seconds: number; bound: number }> {
  const client = await Http2Client.connect(endpoint);
  const giveUp = performance.now() + 180_000;
  let begun: number | undefined;
  let first = 0;
  try {
    while (performance.now() < giveUp) {
      const asked = performance.now();
      const { body } = await client.expect("GET", boundPods, { keepBody: true });
      const { items, metadata } = JSON.parse(String(body)) as { items: unknown[]; metadata: { resourceVersion: string } };
      let bound = items.length;
      if (begun === undefined && bound > 0) [begun, first] = [asked, bound];
      if (bound < count) {
        // Where the server ends the watch (this side was too slow), the next list tells how far it is.
        await watchBound(client, metadata.resourceVersion, count - bound, () => {
          begun ??= performance.now();
          bound++;
        });
      }
      if (bound >= count) return { seconds: (performance.now() - (begun as number)) / 1000, bound: bound - first };
    }
    throw new Error(`${count} pods did not get a node in time`);
  } finally {
    client.close();
  }
}

const boundPods = `/api/v1/namespaces/${benchNamespace}/pods?fieldSelector=spec.nodeName!%3D`;

/** Resolves after so many pods have got their node, or when the server ends the watch. */
function watchBound(client: Http2Client, resourceVersion: string, count: number, onBound: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let seen = 0;
    let isLineStart = true;
    const line = (isBound: boolean) => {
      if (!isBound) return;
      onBound();
      if (++seen === count) resolve();
    };
    const onData = (chunk: Buffer) => {
      // Each event is a line; a pod that gets its node comes into the selection.
      if (isLineStart) line(isAdded(chunk, 0));
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) if (at + 1 < chunk.length) line(isAdded(chunk, at + 1));
      isLineStart = chunk[chunk.length - 1] === 10;
    };
    client.open(`${boundPods}&watch=1&resourceVersion=${resourceVersion}`, onData, () => resolve()).catch(reject);
  });
}

const added = Buffer.from('{"type":"A');

/** A line cut within its first bytes counts: no other event comes within these few bytes. */
function isAdded(chunk: Buffer, at: number): boolean {
  const end = Math.min(chunk.length, at + added.length);
  return chunk.compare(added, 0, end - at, at, end) === 0;
}

export const scheduling: readonly Scenario[] = [scenario("schedule", "plain"), scenario("schedule-affinity-spread", "affinity and spread")];
