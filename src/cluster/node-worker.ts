import { parentPort, workerData } from "node:worker_threads";
import { systemClock, systemRandom } from "../client/system-clock.ts";
import { createLogger } from "./logger.ts";
import { startNodeSide } from "./node-side.ts";
import type { NodeWorkerCommand, NodeWorkerData, NodeWorkerMessage } from "./start-node-worker.ts";

// The thread of the node agent, the service proxy and DNS.
const { options, log } = workerData as NodeWorkerData;
const logger = createLogger(log.level, log.file);
const say = (message: NodeWorkerMessage) => parentPort?.postMessage(message);

try {
  const side = await startNodeSide({ clock: systemClock, random: systemRandom, logger }, options);
  say({ type: "started" });
  side.ready.then(
    () => say({ type: "ready" }),
    (error: Error) => say({ type: "failed", message: error.message }),
  );
  parentPort?.on("message", (command: NodeWorkerCommand) => {
    if (command.type === "renew") {
      side.renew(command.certificates);
      return;
    }
    side
      .stop(command)
      .catch((error: unknown) => logger.error("the node's side did not stop cleanly", { error }))
      .finally(() => {
        say({ type: "stopped" });
        parentPort?.close();
      });
  });
} catch (error) {
  say({ type: "failed", message: error instanceof Error ? error.message : String(error) });
  parentPort?.close();
}
