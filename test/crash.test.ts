import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Api } from "./harness/api.ts";
import { TestCluster, whyNoContainers } from "./harness/cluster.ts";

const why = whyNoContainers();
const path = "/api/v1/namespaces/default/configmaps";

interface Change {
  type: string;
  name: string;
  revision: number;
}

/** Watches config maps, and again from the last revision seen whenever the connection breaks. */
class Watcher {
  readonly events: Change[] = [];
  readonly #stopping = new AbortController();
  readonly #run: Promise<void>;
  connections = 0;

  constructor(api: Api, revision: number) {
    this.#run = this.#follow(api, revision);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#run;
  }

  async #follow(api: Api, from: number): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const revision = this.events.at(-1)?.revision ?? from;
      let isFirst = true;
      await api
        .watch(
          `${path}?watch=1&resourceVersion=${revision}`,
          ({ type, object }) => {
            if (isFirst) this.connections++;
            isFirst = false;
            const { name, resourceVersion } = object.metadata;
            this.events.push({ type, name, revision: Number(resourceVersion) });
          },
          signal,
        )
        .catch(() => {
          // Not there at the moment.
        });
      await pause();
    }
  }
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 20));

/** Creates, changes and deletes config maps, several at a time, and notes what was acknowledged and what had no answer. */
class Writers {
  readonly acknowledged: Change[] = [];
  readonly unanswered = new Set<string>();
  readonly #runs: Promise<void>[];
  #stopped = false;

  constructor(api: Api, prefix: string) {
    this.#runs = Array.from({ length: 8 }, (_, writer) => this.#write(api, `${prefix}-${writer}`));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#runs);
  }

  async #write(api: Api, prefix: string): Promise<void> {
    for (let i = 0; !this.#stopped; i++) {
      const name = `${prefix}-${i}`;
      try {
        const made = await api.call("POST", path, { metadata: { name }, data: { n: "0" } });
        expect(made.status).toBe(201);
        this.#note("ADDED", name, made.body);
        if (i % 3 === 0) {
          const changed = await api.call("PATCH", `${path}/${name}`, { data: { n: "1" } });
          expect(changed.status).toBe(200);
          this.#note("MODIFIED", name, changed.body);
        }
        if (i % 5 === 0) {
          expect((await api.call("DELETE", `${path}/${name}`)).status).toBe(200);
          this.acknowledged.push({ type: "DELETED", name, revision: 0 });
        }
      } catch (error) {
        if ((error as Error).name === "AssertionError") throw error;
        this.unanswered.add(name);
        await pause();
      }
    }
  }

  #note(type: string, name: string, { metadata }: { metadata: { resourceVersion: string } }): void {
    this.acknowledged.push({ type, name, revision: Number(metadata.resourceVersion) });
  }
}

interface PodObject {
  status: { containerStatuses?: { containerID: string; restartCount: number; ready: boolean; state: object }[] };
}

describe.skipIf(why)(`a crash under load${why ? ` (${why})` : ""}`, () => {
  let cluster: TestCluster;
  const container = (name: string) => cluster.json<PodObject>("get", "pod", name).status.containerStatuses?.[0];
  const start = async (name: string) => {
    const flags = ["--image=busybox", "--image-pull-policy=IfNotPresent"];
    cluster.ok("run", name, ...flags, "--", "sh", "-c", "trap 'exit 0' TERM; while true; do sleep 0.2; done");
    await cluster.until(`${name} runs`, () => container(name)?.ready === true);
  };

  /** Writes and watches while something is killed, and compares what was told to each. */
  const underLoad = async (prefix: string, crash: (written: (count: number) => Promise<void>) => Promise<void>) => {
    const api = new Api(cluster.kubeconfig);
    const { body: before } = await api.call("GET", path);
    const names = new Set(before.items?.map(({ metadata }) => metadata.name));
    const watcher = new Watcher(api, Number(before.metadata.resourceVersion));
    const writers = new Writers(api, prefix);
    await crash(async (count) => {
      const goal = writers.acknowledged.length + count;
      await cluster.until(`${count} more writes`, () => writers.acknowledged.length >= goal);
    });
    await writers.stop();
    const { body: last } = await api.call("POST", path, { metadata: { name: `${prefix}-last` } });
    await cluster.until("the watcher has seen all", () => watcher.events.at(-1)?.name === last.metadata.name);
    await watcher.stop();

    const { events } = watcher;
    // In order, and each once.
    expect(events.findIndex(({ revision }, index) => revision <= (events[index - 1]?.revision ?? 0))).toBe(-1);
    const seen = new Map(events.map(({ type, name, revision }) => [`${type} ${name}`, revision]));
    expect(seen.size).toBe(events.length);
    // Nothing acknowledged is missing, under its own revision.
    for (const { type, name, revision } of writers.acknowledged) {
      const told = seen.get(`${type} ${name}`);
      if (type === "DELETED" ? told === undefined : told !== revision) expect.fail(`${type} ${name} at ${revision} was seen at ${told}`);
    }
    // Nothing was told that was neither acknowledged nor left without an answer.
    const acknowledged = new Set(writers.acknowledged.map(({ type, name }) => `${type} ${name}`));
    for (const { type, name } of events.slice(0, -1)) {
      if (!acknowledged.has(`${type} ${name}`) && !writers.unanswered.has(name)) expect.fail(`${type} ${name} was never asked for`);
    }
    // What the events amount to is what is there.
    for (const { type, name } of events) {
      if (type === "DELETED") names.delete(name);
      else names.add(name);
    }
    const { body: after } = await api.call("GET", path);
    expect(after.items?.map(({ metadata }) => metadata.name).sort()).toEqual([...names].sort());
    return { watcher, writers };
  };

  beforeAll(async () => {
    cluster = await TestCluster.start();
    cluster.importImages("busybox");
    await start("survivor");
  });
  afterAll(() => cluster?.delete());

  it("of kybern loses nothing, repeats nothing, and restarts no container", async () => {
    const before = container("survivor");
    const { watcher, writers } = await underLoad("killed", async (written) => {
      await written(500);
      await cluster.signal("SIGKILL");
      await cluster.start();
      await written(200);
    });
    expect(watcher.connections).toBe(2);
    expect(writers.unanswered.size).toBeGreaterThan(0);
    await cluster.until("its state is known", () => container("survivor")?.ready === true);
    expect(container("survivor")).toEqual(before);
  });

  it("of containerd stops no container, nor the API", async () => {
    const before = container("survivor");
    const file = join(cluster.directory, "containerd", "containerd.pid");
    const pid = () => JSON.parse(readFileSync(file, "utf8")).pid as number;
    const first = pid();
    const { watcher, writers } = await underLoad("runtime", async (written) => {
      await written(100);
      process.kill(first, "SIGKILL");
      await written(100);
      await cluster.until("another containerd runs", () => pid() !== first);
      await start("after");
    });
    expect(watcher.connections).toBe(1);
    expect(writers.unanswered.size).toBe(0);
    expect(cluster.ok("exec", "survivor", "--", "echo", "still here")).toBe("still here\n");
    expect(container("survivor")).toEqual(before);
  });

  it("of kybern with containerd's socket gone: the start says so and takes no minute", async () => {
    const before = container("survivor");
    const { cluster: id } = JSON.parse(cluster.kybern("status", "--data", cluster.directory, "-o", "json").stdout) as { cluster: string };
    await cluster.signal("SIGKILL");
    rmSync(`/run/kybern/${id}/containerd.sock`);
    const startedAt = performance.now();
    await cluster.start();
    expect(performance.now() - startedAt).toBeLessThan(30_000);
    expect(cluster.output).toMatch(
      /✔ containerd: process \d+ in place of one that didn't answer \(its socket \/run\/kybern\/\S+\/containerd\.sock is gone\); containers run on\n/,
    );
    await cluster.until("its state is known", () => container("survivor")?.ready === true);
    expect(container("survivor")).toEqual(before);
  });
});
