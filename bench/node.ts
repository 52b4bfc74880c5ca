import type { Endpoint } from "./api-client.ts";
import { Http2Client } from "./http2-client.ts";
import { imageName, importImage } from "./kybern.ts";
import { inQuiet } from "./quiet.ts";
import { type Figures, round, type Scenario } from "./scenario.ts";

const podsPath = "/api/v1/namespaces/default/pods";
const name = "first";

/** kybern with this machine as its node. */
export const node: Scenario = {
  measures: ["first-pod", "memory-idle-node", "cpu-idle-node", "disk-writes-idle-node"],
  alone: true,
  async run(contender, directory, wanted) {
    const first = await contender.start(directory, "node");
    try {
      await untilNodeReady(first.endpoint);
      await importImage(directory);
    } finally {
      await first.stop();
    }
    const begun = performance.now();
    const server = await contender.start(directory, "node");
    try {
      await untilRunning(server.endpoint);
      const milliseconds = performance.now() - begun;
      const client = await Http2Client.connect(server.endpoint);
      await client.expect("DELETE", `${podsPath}/${name}?gracePeriodSeconds=0`);
      client.close();
      const figures: Figures = new Map();
      figures.set("first-pod", { value: milliseconds, unit: "ms", detail: { readyMilliseconds: round(server.readyMilliseconds) } });
      if (wanted.size === 1 && wanted.has("first-pod")) return figures;
      const { residentMegabytes, peakMegabytes, cpuSeconds, writtenBytes } = await inQuiet(server);
      figures.set("memory-idle-node", { value: residentMegabytes, unit: "MB", detail: { peakMegabytes: Math.round(peakMegabytes) } });
      figures.set("cpu-idle-node", { value: 100 * cpuSeconds, unit: "% of a core" });
      figures.set("disk-writes-idle-node", { value: writtenBytes, unit: "bytes/s" });
      return figures;
    } finally {
      await server.stop();
    }
  },
};

async function untilNodeReady(endpoint: Endpoint): Promise<void> {
  await untilSeen(endpoint, "/api/v1/nodes", (node) =>
    (node.status?.conditions ?? []).some(({ type, status }) => type === "Ready" && status === "True"),
  );
}

async function untilRunning(endpoint: Endpoint): Promise<void> {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [{ name: "main", image: imageName, imagePullPolicy: "Never", command: ["sleep", "100000"] }],
    },
  };
  const client = await Http2Client.connect(endpoint);
  await client.expect("POST", podsPath, { body: JSON.stringify(pod) });
  client.close();
  await untilSeen(endpoint, podsPath, ({ status }) => status?.phase === "Running");
}

interface Seen {
  status?: { phase?: string; conditions?: { type: string; status: string }[] };
}

/** Watches a collection until one of its objects is as wanted. */
async function untilSeen(endpoint: Endpoint, path: string, isWanted: (object: Seen) => boolean): Promise<void> {
  const client = await Http2Client.connect(endpoint);
  try {
    await new Promise<void>((resolve, reject) => {
      const giveUp = setTimeout(() => reject(new Error(`not seen in ${path} within 60 s`)), 60_000);
      let rest = "";
      const onData = (chunk: Buffer) => {
        const lines = (rest + chunk.toString()).split("\n");
        rest = lines.pop() ?? "";
        if (!lines.some((line) => isWanted(JSON.parse(line).object))) return;
        clearTimeout(giveUp);
        resolve();
      };
      client.open(`${path}?watch=1`, onData, () => reject(new Error("the server ended the watch"))).catch(reject);
    });
  } finally {
    client.close();
  }
}
