import { rm } from "node:fs/promises";
import type { Logger } from "../../machinery/logger.ts";
import type { AgentContext } from "./agent-context.ts";
import { containerAnnotations, podLabels } from "./labels.ts";

/** Ends and removes what earlier runs of the agent have left of pods that no longer exist. */
export async function cleanOrphans(
  context: Pick<AgentContext, "runtime" | "volumes" | "cgroups" | "files">,
  isKnown: (podUid: string) => boolean,
  logger: Logger,
): Promise<void> {
  const { runtime, volumes, cgroups, files } = context;
  const [sandboxes, containers, onDisk, logs] = await Promise.all([
    runtime.listPodSandboxes(),
    runtime.listContainers(),
    volumes.podsOnDisk(),
    files.logDirectories(),
  ]);
  const found = new Set(onDisk);
  for (const uid of logs.keys()) found.add(uid);
  for (const { labels } of sandboxes) found.add(labels[podLabels.uid] ?? "");
  for (const { labels } of containers) found.add(labels[podLabels.uid] ?? "");
  const orphans = [...found].filter((uid) => uid !== "" && !isKnown(uid));
  if (orphans.length === 0) return;
  const results = await Promise.allSettled(
    orphans.map(async (uid) => {
      const own = <T extends { labels: Record<string, string> }>(all: readonly T[]) =>
        all.filter(({ labels }) => labels[podLabels.uid] === uid);
      await Promise.all(
        own(containers).map(async ({ id, annotations }) => {
          await runtime.stopContainer(id, Number(annotations[containerAnnotations.gracePeriod] ?? 30));
          await runtime.removeContainer(id);
        }),
      );
      for (const { id } of own(sandboxes)) {
        await runtime.stopPodSandbox(id);
        await runtime.removePodSandbox(id);
      }
      await volumes.unmount(uid);
      await cgroups?.remove(uid);
      await files.remove(uid);
      const directory = logs.get(uid);
      if (directory !== undefined) await rm(directory, { recursive: true, force: true });
    }),
  );
  results.forEach((result, index) => {
    if (result.status === "rejected") {
      logger.warn("what is left of an old pod could not be removed; it is tried again", { uid: orphans[index], error: result.reason });
    }
  });
  const removed = results.filter(({ status }) => status === "fulfilled").length;
  if (removed > 0) logger.info("removed what was left of pods that no longer exist", { pods: removed });
}
